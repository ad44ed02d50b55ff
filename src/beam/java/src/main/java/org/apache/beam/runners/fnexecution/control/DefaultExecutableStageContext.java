package org.apache.beam.runners.fnexecution.control;

import beamstreaming.BoundedBundles;
import beamstreaming.EarlyInputs;
import beamstreaming.EarlyMetrics;
import beamstreaming.EarlyOutputs;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Collectors;
import org.apache.beam.runners.fnexecution.provisioning.JobInfo;
import org.apache.beam.sdk.options.PortablePipelineOptions;
import org.apache.beam.sdk.util.construction.PipelineOptionsTranslation;
import org.apache.beam.sdk.util.construction.graph.ExecutableStage;
import org.apache.beam.vendor.grpc.v1p60p1.com.google.protobuf.Struct;
import org.apache.beam.vendor.grpc.v1p60p1.com.google.protobuf.Value;

/**
 * Stands in for Beam's class of the same name, which it precedes on the class path: gives each task of a TaskManager a
 * worker for its bundles.
 *
 * <p>1. Tasks of one stage are spread evenly over the workers: Beam's own hands workers out in the order in which tasks
 * happen to start, so all that read may share one worker, and all that write the other.
 *
 * <p>2. Bundles are bounded by bytes as well, and their inputs, outputs and metrics go on early: see {@link
 * BoundedBundles}, {@link EarlyInputs}, {@link EarlyOutputs} and {@link EarlyMetrics}.
 *
 * <p>When it can go: with no version of Beam that is known. After a change of Beam's version compare it with Beam's own
 * of that name.
 */
public class DefaultExecutableStageContext implements ExecutableStageContext, AutoCloseable {
  private static final String WORKERS_OPTION = "beam:option:sdk_worker_parallelism:v1";

  /**
   * Each task holds a bundle's inputs and outputs at once, encoded and decoded: some four times this much. Sessions are
   * some kilobytes, so a bundle still has thousands of them.
   */
  private static final long MAX_BUNDLE_BYTES = 8 * 1024 * 1024;

  private final List<Worker> workers;
  /** Asks bundles for their metrics. */
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          runnable -> {
            Thread thread = new Thread(runnable, "bundle-metrics");
            thread.setDaemon(true);
            return thread;
          });

  public static DefaultExecutableStageContext create(JobInfo jobInfo) {
    Integer wanted =
        PipelineOptionsTranslation.fromProto(jobInfo.pipelineOptions())
            .as(PortablePipelineOptions.class)
            .getSdkWorkerParallelism();
    JobInfo ofOne = withOneWorker(jobInfo);
    List<JobBundleFactory> workers = new ArrayList<>();
    do {
      workers.add(DefaultJobBundleFactory.create(ofOne));
    } while (wanted != null && workers.size() < wanted);
    return new DefaultExecutableStageContext(workers);
  }

  DefaultExecutableStageContext(List<JobBundleFactory> workers) {
    this.workers = workers.stream().map(Worker::new).collect(Collectors.toList());
  }

  private static JobInfo withOneWorker(JobInfo jobInfo) {
    Struct options =
        jobInfo.pipelineOptions().toBuilder()
            .putFields(WORKERS_OPTION, Value.newBuilder().setNumberValue(1).build())
            .build();
    return JobInfo.create(jobInfo.jobId(), jobInfo.jobName(), jobInfo.retrievalToken(), options);
  }

  @Override
  public StageBundleFactory getStageBundleFactory(ExecutableStage stage) {
    String id = stage.getTransforms().stream().map(node -> node.getId()).sorted().collect(Collectors.joining(" "));
    Worker worker = take(id);
    try {
      StageBundleFactory bundles = new EarlyMetrics(worker.bundles.forStage(stage), clock);
      return new BoundedBundles(
          new EarlyOutputs(new EarlyInputs(bundles)), MAX_BUNDLE_BYTES, () -> release(worker, id));
    } catch (RuntimeException e) {
      release(worker, id);
      throw e;
    }
  }

  @Override
  public void close() throws Exception {
    clock.shutdownNow();
    Exception failure = null;
    for (Worker worker : workers) {
      try {
        worker.bundles.close();
      } catch (Exception e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** The worker with the fewest tasks of the stage, of these the one with the fewest tasks. */
  private synchronized Worker take(String stage) {
    Worker taken =
        workers.stream()
            .min(
                Comparator.comparingInt((Worker worker) -> worker.tasksOf(stage))
                    .thenComparingInt(Worker::tasks))
            .orElseThrow();
    taken.tasks.merge(stage, 1, Integer::sum);
    return taken;
  }

  private synchronized void release(Worker worker, String stage) {
    worker.tasks.computeIfPresent(stage, (key, tasks) -> tasks > 1 ? tasks - 1 : null);
  }

  private static final class Worker {
    final JobBundleFactory bundles;
    final Map<String, Integer> tasks = new HashMap<>();

    Worker(JobBundleFactory bundles) {
      this.bundles = bundles;
    }

    int tasksOf(String stage) {
      return tasks.getOrDefault(stage, 0);
    }

    int tasks() {
      return tasks.values().stream().mapToInt(Integer::intValue).sum();
    }
  }
}
