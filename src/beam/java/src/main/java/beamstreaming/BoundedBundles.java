package beamstreaming;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.sdk.fn.data.FnDataReceiver;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.sdk.values.KV;

/**
 * Bundles of a stage that are bounded by bytes as well: Flink's operator bounds them by elements and time alone, looks
 * at the time between two of its inputs, and has all outputs of a bundle in memory until the worker has answered it.
 *
 * <p>1. When {@code maxBytes} have gone into what the operator takes for one bundle, the worker's bundle is ended, and
 * what follows goes into another one. Outputs and residuals reach the operator as they do at a bundle's end.
 *
 * <p>2. The operator knows of one bundle all the time, so it holds its watermark until the last of them has ended.
 *
 * <p>3. Elements are counted by the bytes in them, which are already encoded but for their structure; an element is
 * taken whole. Timers count nothing.
 */
public final class BoundedBundles extends ForwardingBundles {
  /** The cost of an element beside its bytes: window, timestamp and lengths. */
  private static final long OVERHEAD_BYTES = 32;

  private final long maxBytes;
  private final Runnable onClose;

  public BoundedBundles(StageBundleFactory bundles, long maxBytes, Runnable onClose) {
    super(bundles);
    this.maxBytes = maxBytes;
    this.onClose = onClose;
  }

  @Override
  RemoteBundle open(BundleReceivers receivers) throws Exception {
    return new BoundedBundle(receivers);
  }

  @Override
  void end() {
    onClose.run();
  }

  @SuppressWarnings("rawtypes")
  private final class BoundedBundle extends ForwardingBundle {
    private final BundleReceivers receivers;
    /** Inputs of the present bundle; the operator asks the one of ours for them once. */
    private Map<String, FnDataReceiver> inputs;
    private long bytes;

    BoundedBundle(BundleReceivers receivers) throws Exception {
      this.receivers = receivers;
      begin();
    }

    @Override
    public Map<String, FnDataReceiver> getInputReceivers() {
      return inputs.keySet().stream().collect(Collectors.toMap(Function.identity(), this::inputOf));
    }

    @Override
    public void close() throws Exception {
      RemoteBundle ending = bundle;
      // One that failed to end must not be ended again.
      bundle = null;
      if (ending != null) {
        ending.close();
      }
    }

    private FnDataReceiver<?> inputOf(String transform) {
      return element -> {
        if (bytes >= maxBytes) {
          close();
          begin();
        }
        bytes += OVERHEAD_BYTES + bytesOf(((WindowedValue<?>) element).getValue());
        accept(transform, element);
      };
    }

    @SuppressWarnings("unchecked")
    private void accept(String transform, Object element) throws Exception {
      inputs.get(transform).accept(element);
    }

    private void begin() throws Exception {
      bundle = receivers.open(bundles);
      inputs = bundle.getInputReceivers();
      bytes = 0;
    }
  }

  /** A stage's inputs are bytes to Java, for their coders are the worker's; alone or as keys and values. */
  private static long bytesOf(Object value) {
    if (value instanceof byte[]) {
      return ((byte[]) value).length;
    }
    if (value instanceof KV) {
      return bytesOf(((KV<?, ?>) value).getKey()) + bytesOf(((KV<?, ?>) value).getValue());
    }
    if (value instanceof Iterable) {
      long bytes = 0;
      for (Object part : (Iterable<?>) value) {
        bytes += bytesOf(part);
      }
      return bytes;
    }
    return value instanceof String ? ((String) value).length() : Long.BYTES;
  }
}
