package beamstreaming;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.sdk.fn.data.FnDataReceiver;

/**
 * Bundles whose inputs are sent to the worker while the operator still adds to them, as long as the worker is behind.
 * Beam sends them when they are a megabyte or the bundle ends. A source's bundle is one element, so its worker waited
 * before each of them, for as long as a bundle may last.
 *
 * <p>1. A worker is behind when it took {@link #BEHIND_NANOS} to end the task's last bundle. Otherwise inputs wait for
 * the bundle's end: what a source reads then goes on at once, while anything that it read before would wait for that
 * end too, and what came meanwhile for the next bundle.
 *
 * <p>2. The first input is sent at once, later ones as soon as {@link #EVERY_NANOS} have passed since the last sending,
 * or the bundle ends. The task's thread sends, which also adds the inputs.
 *
 * <p>Beam can send in turns, too ({@code data_buffer_time_limit_ms}), but with a thread for each bundle, which never
 * ends. Its method that sends is not public, so it is found by reflection; the test of stand-ins pins its classes.
 */
public final class EarlyInputs extends ForwardingBundles {
  /** Often enough for a worker to have always something to do, and seldom enough for messages to cost nothing. */
  static final long EVERY_NANOS = 10_000_000;

  /** A worker that needs so long has more to do than what a bundle of the default time gathers. */
  static final long BEHIND_NANOS = 100_000_000;

  private static final String SENDS = "sends a bundle's inputs";

  private final LongSupplier clock;
  /** Time that the last bundle took to end; another thread ends it than begins the next one. */
  private volatile long lastEndNanos;

  public EarlyInputs(StageBundleFactory bundles) {
    this(bundles, System::nanoTime);
  }

  /** {@code clock} counts nanoseconds. */
  EarlyInputs(StageBundleFactory bundles, LongSupplier clock) {
    super(bundles);
    this.clock = clock;
  }

  @Override
  RemoteBundle open(BundleReceivers receivers) throws Exception {
    return new EarlyBundle(receivers.open(bundles));
  }

  @SuppressWarnings({"rawtypes", "unchecked"})
  private final class EarlyBundle extends ForwardingBundle {
    private final Map<String, FnDataReceiver> inputs = new HashMap<>();
    private final boolean isEarly = lastEndNanos >= BEHIND_NANOS;
    private long nextNanos = clock.getAsLong();

    EarlyBundle(RemoteBundle bundle) {
      this.bundle = bundle;
      bundle
          .getInputReceivers()
          .forEach(
              (transform, receiver) -> {
                EnclosingMethod sender = senderOf(receiver);
                FnDataReceiver<Object> early =
                    element -> {
                      receiver.accept(element);
                      if (!isEarly) {
                        return;
                      }
                      long nanos = clock.getAsLong();
                      if (nanos - nextNanos >= 0) {
                        nextNanos = nanos + EVERY_NANOS;
                        sender.call();
                      }
                    };
                inputs.put(transform, early);
              });
    }

    @Override
    public Map<String, FnDataReceiver> getInputReceivers() {
      return inputs;
    }

    @Override
    public void close() throws Exception {
      long startNanos = clock.getAsLong();
      bundle.close();
      lastEndNanos = clock.getAsLong() - startNanos;
    }
  }

  /** Finds what sends the gathered inputs: the receiver counts, and hands on to an inner class of it. */
  private static EnclosingMethod senderOf(FnDataReceiver<?> receiver) {
    try {
      Field delegate = receiver.getClass().getDeclaredField("delegate");
      delegate.setAccessible(true);
      return EnclosingMethod.of(delegate.get(receiver), "flush", SENDS);
    } catch (ReflectiveOperationException e) {
      throw EnclosingMethod.otherVersion(SENDS, e);
    }
  }
}
