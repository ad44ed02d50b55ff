package beamstreaming;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
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
 * Bundles whose outputs go on while the rest of them is decoded. Beam decodes a bundle's outputs in {@link
 * RemoteBundle#close} once the worker has answered, and Flink's operator emits them after it. Decoding and emitting would
 * take turns, and the worker would wait for both.
 *
 * <p>1. The task's thread emits, as it does between elements; the wait is in a thread of its own.
 *
 * <p>2. The operator is told of residuals and finalization by the task's thread, and after all outputs have arrived,
 * because its state belongs to that thread. It is told of metrics at once: emitting may wait long for what is behind
 * the operator, and whoever looks at the metrics would see documents of sessions that seem not to have ended.
 *
 * <p>3. A bundle that fails after outputs of it went on fails the job, as any other does. Flink then goes back to a
 * checkpoint, in which nothing of that bundle is.
 *
 * <p>The operator's own method that emits is private, so it is found by reflection; the test of stand-ins pins the
 * operator's class. When it can go: when Beam's ExecutableStageDoFnOperator emits while it waits (a TODO of its own).
 */
public final class EarlyOutputs extends ForwardingBundles {
  private final ExecutorService waiting =
      Executors.newCachedThreadPool(
          runnable -> {
            Thread thread = new Thread(runnable, "bundle-end");
            thread.setDaemon(true);
            return thread;
          });

  public EarlyOutputs(StageBundleFactory bundles) {
    super(bundles);
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
    EarlyBundle early = new EarlyBundle(emitterOf(outputs));
    early.bundle =
        bundles.getBundle(
            early.watching(outputs),
            timers,
            state,
            progress,
            id -> early.atEnd.add(() -> finalization.requestsFinalization(id)),
            response -> early.atEnd.add(() -> checkpoint.onCheckpoint(response)));
    return early;
  }

  @Override
  void end() {
    waiting.shutdownNow();
  }

  /** Emits all outputs that have arrived; the factory of receivers is an inner class of what can. */
  private static Runnable emitterOf(OutputReceiverFactory outputs) {
    try {
      for (Field field : outputs.getClass().getDeclaredFields()) {
        if (field.isSynthetic()) {
          field.setAccessible(true);
          Object runner = field.get(outputs);
          Method emit = runner.getClass().getDeclaredMethod("emitResults");
          emit.setAccessible(true);
          return () -> call(runner, emit);
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("This version of Beam emits a bundle's outputs in another way.", e);
    }
    throw new IllegalStateException("This version of Beam receives a bundle's outputs in another way.");
  }

  private static void call(Object runner, Method emit) {
    try {
      emit.invoke(runner);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof RuntimeException ? (RuntimeException) e.getCause() : new RuntimeException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class EarlyBundle extends ForwardingBundle {
    /** Written by the thread that waits for the end, and read after it. */
    final List<Runnable> atEnd = new ArrayList<>();

    private final Runnable emit;
    private volatile boolean hasOutputs;
    private volatile boolean hasEnded;
    /** The task's thread, once it waits. */
    private volatile Thread task;

    EarlyBundle(Runnable emit) {
      this.emit = emit;
    }

    OutputReceiverFactory watching(OutputReceiverFactory outputs) {
      return new OutputReceiverFactory() {
        @Override
        public <OutputT> FnDataReceiver<OutputT> create(String collection) {
          FnDataReceiver<OutputT> receiver = outputs.create(collection);
          return element -> {
            receiver.accept(element);
            if (!hasOutputs) {
              hasOutputs = true;
              LockSupport.unpark(task);
            }
          };
        }
      };
    }

    @Override
    public void close() throws Exception {
      task = Thread.currentThread();
      Future<?> end = waiting.submit(this::awaitEnd);
      try {
        while (!hasEnded) {
          if (hasOutputs) {
            hasOutputs = false;
            emit.run();
          } else {
            LockSupport.park(this);
          }
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
        }
        end.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Exception ? (Exception) e.getCause() : e;
      } finally {
        // Flink cancels a task by an interruption; the wait ends by the same.
        end.cancel(true);
      }
      atEnd.forEach(Runnable::run);
    }

    private Void awaitEnd() throws Exception {
      try {
        bundle.close();
        return null;
      } finally {
        hasEnded = true;
        LockSupport.unpark(task);
      }
    }
  }
}
