package beamstreaming;

import java.util.Map;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.sdk.fn.data.FnDataReceiver;
import org.apache.beam.sdk.util.construction.Timer;
import org.apache.beam.sdk.values.KV;

/** A bundle that is another one, but for what a subclass changes. */
class ForwardingBundle implements RemoteBundle {
  /** The other bundle; a subclass may set it late, or replace it. */
  RemoteBundle bundle;

  @Override
  public String getId() {
    return bundle.getId();
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Map<String, FnDataReceiver> getInputReceivers() {
    return bundle.getInputReceivers();
  }

  @Override
  public Map<KV<String, String>, FnDataReceiver<Timer>> getTimerReceivers() {
    return bundle.getTimerReceivers();
  }

  @Override
  public void requestProgress() {
    bundle.requestProgress();
  }

  @Override
  public void split(double fractionOfRemainder) {
    bundle.split(fractionOfRemainder);
  }

  @Override
  public void close() throws Exception {
    bundle.close();
  }
}
