package beamstreaming;

import java.util.Map;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.sdk.fn.data.FnDataReceiver;
import org.apache.beam.sdk.util.construction.Timer;
import org.apache.beam.sdk.values.KV;

/** A bundle that takes nothing and ends at once; a test overrides what it needs. */
class FakeBundle implements RemoteBundle {
  @Override
  public String getId() {
    return "bundle";
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Map<String, FnDataReceiver> getInputReceivers() {
    return Map.of();
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Map<KV<String, String>, FnDataReceiver<Timer>> getTimerReceivers() {
    return Map.of();
  }

  @Override
  public void requestProgress() {}

  @Override
  public void split(double fractionOfRemainder) {}

  @Override
  public void close() throws Exception {}
}
