package beamstreaming;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.beam.runners.fnexecution.control.BundleCheckpointHandler;
import org.apache.beam.runners.fnexecution.control.BundleFinalizationHandler;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.runners.fnexecution.control.OutputReceiverFactory;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.runners.fnexecution.control.TimerReceiverFactory;
import org.apache.beam.runners.fnexecution.state.StateRequestHandler;
import org.apache.beam.sdk.fn.data.FnDataReceiver;

/**
 * Bundles whose inputs are sent to the worker while the operator still adds to them, as long as there is a backlog. Beam
 * sends them when they are a megabyte or the bundle ends. A source's bundle is one element, so its worker waited before
 * each of them, for as long as a bundle may last.
 *
 * <p>1. There is a backlog when the worker took {@link #BACKLOG_NANOS} to end the task's last bundle. Without one, inputs
 * wait for the bundle's end: what a source reads then goes on at once, while anything that it read before would wait for
 * that end too, and what came meanwhile for the next bundle.
 *
 * <p>2. The first input is sent at once, later ones as soon as {@link #EVERY_NANOS} have passed since the last sending,
 * or the bundle ends. The task's thread sends, which also adds the inputs.
 *
 * <p>Beam can send in turns, too ({@code data_buffer_time_limit_ms}), but with a thread for each bundle, which never ends.
 * Its method that sends is not public, so it is found by reflection; the test of stand-ins pins its classes.
 */
public final class EarlyInputs extends ForwardingBundles {
  /** Often enough for a worker to have always something to do, and seldom enough for messages to cost nothing. */
  static final long EVERY_NANOS = 10_000_000;

  /** A worker that needs so long has more to do than what a bundle of the default time gathers. */
  static final long BACKLOG_NANOS = 100_000_000;

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
  public RemoteBundle getBundle(
      OutputReceiverFactory outputs,
      TimerReceiverFactory timers,
      StateRequestHandler state,
      BundleProgressHandler progress,
      BundleFinalizationHandler finalization,
      BundleCheckpointHandler checkpoint)
      throws Exception {
    return new EarlyBundle(bundles.getBundle(outputs, timers, state, progress, finalization, checkpoint));
  }

  @Override
  void end() {}

  @SuppressWarnings({"rawtypes", "unchecked"})
  private final class EarlyBundle extends ForwardingBundle {
    private final Map<String, FnDataReceiver> inputs = new HashMap<>();
    private final boolean isEarly = lastEndNanos >= BACKLOG_NANOS;
    private long nextNanos = clock.getAsLong();

    EarlyBundle(RemoteBundle bundle) {
      this.bundle = bundle;
      bundle
          .getInputReceivers()
          .forEach(
              (transform, receiver) -> {
                Sender sender = Sender.of(receiver);
                FnDataReceiver<Object> early =
                    element -> {
                      receiver.accept(element);
                      if (!isEarly) {
                        return;
                      }
                      long nanos = clock.getAsLong();
                      if (nanos - nextNanos >= 0) {
                        nextNanos = nanos + EVERY_NANOS;
                        sender.send();
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

  /** Sends what a bundle's inputs have gathered. */
  private static final class Sender {
    private final Object gathered;
    private final Method flush;

    private Sender(Object gathered, Method flush) {
      this.gathered = gathered;
      this.flush = flush;
    }

    /** The receiver counts and hands on to an inner class of what sends. */
    static Sender of(FnDataReceiver<?> receiver) {
      try {
        Field delegate = receiver.getClass().getDeclaredField("delegate");
        delegate.setAccessible(true);
        Object gathering = delegate.get(receiver);
        for (Field field : gathering.getClass().getDeclaredFields()) {
          if (field.isSynthetic()) {
            field.setAccessible(true);
            Object gathered = field.get(gathering);
            Method flush = gathered.getClass().getDeclaredMethod("flush");
            flush.setAccessible(true);
            return new Sender(gathered, flush);
          }
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("This version of Beam sends a bundle's inputs in another way.", e);
      }
      throw new IllegalStateException("This version of Beam gathers a bundle's inputs in another way.");
    }

    void send() {
      try {
        flush.invoke(gathered);
      } catch (InvocationTargetException e) {
        throw e.getCause() instanceof RuntimeException
            ? (RuntimeException) e.getCause()
            : new IllegalStateException(e.getCause());
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
