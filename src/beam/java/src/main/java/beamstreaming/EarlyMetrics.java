package beamstreaming;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.InstructionRequest;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.InstructionResponse;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleProgressRequest;
import org.apache.beam.runners.fnexecution.control.InstructionRequestHandler;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;

/**
 * Bundles whose metrics go on while the worker still runs them. Flink's operator never asks a bundle for its progress,
 * so its metrics would stand still until its end: for a minute when a backlog becomes due at once, and what is behind
 * the stage takes its outputs slowly.
 *
 * <p>1. A task has one bundle at a time. It is asked by a thread of its own, because the task's waits meanwhile.
 *
 * <p>2. A bundle is asked from the second tick on that sees it, so short ones, which are most, are never asked. It is
 * not asked again before it has answered.
 *
 * <p>3. The operator adds up whatever it is told, so {@link MetricDifferences} tells it what is new.
 */
public final class EarlyMetrics extends ForwardingBundles {
  /** Shorter than two calls of a model, so that no document is shown before its session is. */
  private static final long TICK_MS = 250;

  private final ScheduledFuture<?> ticks;
  private volatile MeasuredBundle running;
  private MeasuredBundle seen;

  public EarlyMetrics(StageBundleFactory bundles, ScheduledExecutorService clock) {
    super(bundles);
    ticks = clock.scheduleWithFixedDelay(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  RemoteBundle open(BundleReceivers receivers) throws Exception {
    MetricDifferences differences = new MetricDifferences(receivers.progress);
    RemoteBundle bundle = receivers.withProgress(differences).open(bundles);
    // Another bundle may have another worker.
    MeasuredBundle measured = new MeasuredBundle(bundle, bundles.getInstructionRequestHandler(), differences);
    running = measured;
    return measured;
  }

  @Override
  void end() {
    ticks.cancel(false);
  }

  private void tick() {
    MeasuredBundle bundle = running;
    if (bundle != null && bundle == seen) {
      bundle.ask();
    }
    seen = bundle;
  }

  private final class MeasuredBundle extends ForwardingBundle {
    private final InstructionRequestHandler worker;
    private final MetricDifferences differences;
    private long asked;
    private volatile boolean isAnswered = true;

    MeasuredBundle(RemoteBundle bundle, InstructionRequestHandler worker, MetricDifferences differences) {
      this.bundle = bundle;
      this.worker = worker;
      this.differences = differences;
    }

    /** Beam's bundle refuses to ask for its progress, so this does what SdkHarnessClient would. */
    void ask() {
      if (!isAnswered) {
        return;
      }
      isAnswered = false;
      InstructionRequest request =
          InstructionRequest.newBuilder()
              .setInstructionId(getId() + "-progress-" + asked++)
              .setProcessBundleProgress(ProcessBundleProgressRequest.newBuilder().setInstructionId(getId()))
              .build();
      try {
        worker.handle(request).thenAccept(this::take);
      } catch (RuntimeException e) {
        // The worker is gone, so the bundle ends by itself, with the error that says so.
      }
    }

    /** An error instead of an answer ends the questions: the worker has logged it, and a broken one ends the bundle. */
    private void take(InstructionResponse answer) {
      isAnswered = true;
      differences.onProgress(answer.getProcessBundleProgress());
    }

    @Override
    public void close() throws Exception {
      try {
        bundle.close();
      } finally {
        running = null;
      }
    }
  }
}
