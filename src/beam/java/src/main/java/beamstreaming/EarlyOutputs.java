package beamstreaming;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.beam.runners.fnexecution.control.OutputReceiverFactory;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.sdk.fn.data.FnDataReceiver;

/**
 * Bundles whose outputs go on while the rest of them is decoded. Beam decodes a bundle's outputs in {@link
 * RemoteBundle#close} once the worker has answered, and Flink's operator emits them after it. Decoding and emitting
 * would take turns, and the worker would wait for both.
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
  RemoteBundle open(BundleReceivers receivers) throws Exception {
    EarlyBundle early = new EarlyBundle(EnclosingMethod.of(receivers.outputs, "emitResults", "emits a bundle's outputs"));
    early.bundle =
        new BundleReceivers(
                early.watching(receivers.outputs),
                receivers.timers,
                receivers.state,
                receivers.progress,
                id -> early.atEnd.add(() -> receivers.finalization.requestsFinalization(id)),
                response -> early.atEnd.add(() -> receivers.checkpoint.onCheckpoint(response)))
            .open(bundles);
    return early;
  }

  @Override
  void end() {
    waiting.shutdownNow();
  }

  private final class EarlyBundle extends ForwardingBundle {
    /** Written by the thread that waits for the end, and read after it. */
    final List<Runnable> atEnd = new ArrayList<>();

    /** Emits all outputs that have arrived. */
    private final EnclosingMethod emit;
    private volatile boolean hasOutputs;
    private volatile boolean hasEnded;
    /** The task's thread, once it waits. */
    private volatile Thread task;

    EarlyBundle(EnclosingMethod emit) {
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
            emit.call();
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
