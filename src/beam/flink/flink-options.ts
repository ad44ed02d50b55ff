import type { OptionValue } from "./pipeline-options";

/** How a pipeline runs on Flink. */
export interface FlinkOptions {
  /** True when all of the pipeline's sources end. The job then ends with them, and a failure ends it too. */
  readonly isBounded: boolean;
  /** Number of tasks of each stage. */
  readonly parallelism: number;
  /** Number of worker processes of each TaskManager. */
  readonly workers: number;
  /** Time between checkpoints, which is the work that a failure repeats at most. */
  readonly checkpointIntervalMs: number;
  /** A checkpoint that takes longer is given up, so bundles must end well before. Default: Flink's own, ten minutes. */
  readonly checkpointTimeoutMs?: number;
  /** Limit of elements in a bundle … */
  readonly maxBundleElements: number;
  /** … and of its duration. */
  readonly maxBundleMs: number;
}

/** Longer than any job runs. */
const FOREVER_MS = 100 * 365 * 86_400_000;
/**
 * At once: an Impulse emits its element before it checks this time, and with any larger value it waits for a whole
 * second.
 */
const SOURCE_IDLE_MS = 0;

/**
 * Returns Beam's options of the portable Flink runner, by their camel-case names.
 *
 * 1. Jobs are always streaming. In batch mode the runner merges the session windows of a key wrongly when its elements
 *    come from several tasks.
 * 2. Bundles always end before a checkpoint. The output of a bundle that ended during a checkpoint would wait for the
 *    operator's next bundle, and after Impulse there is none.
 * 3. After a failed or late checkpoint the job goes on to the next one. Beam's default restarts the job, which repeats
 *    work and cures nothing.
 * 4. With checkpoints on, Flink keeps a job's sources alive for ever unless they are told to end when idle. After the
 *    first source has ended there are no more checkpoints, so only bounded pipelines may end sources.
 * 5. An Impulse is never chained to the stage behind it. Beam names all operators for savepoints except this one. Flink
 *    derives a name for it from the operators chained to it: the next stage at parallelism 1, none otherwise. So a
 *    savepoint made at parallelism 1 could not be restored at another, or the reverse.
 */
export function flinkPipelineOptions(options: FlinkOptions): Record<string, OptionValue> {
  return {
    streaming: true,
    finishBundleBeforeCheckpointing: true,
    parallelism: options.parallelism,
    sdkWorkerParallelism: options.workers,
    checkpointingInterval: options.checkpointIntervalMs,
    ...(options.checkpointTimeoutMs === undefined ? {} : { checkpointTimeoutMillis: options.checkpointTimeoutMs }),
    failOnCheckpointingErrors: false,
    maxBundleSize: options.maxBundleElements,
    // The spelling is Beam's. Beam silently ignores unknown options.
    maxBundleTimeMills: options.maxBundleMs,
    ...(options.parallelism === 1 && !options.isBounded ? { operatorChaining: false } : {}),
    ...(options.isBounded ? { shutdownSourcesAfterIdleMs: SOURCE_IDLE_MS, numberOfExecutionRetries: 0 } : {}),
  };
}

/**
 * Returns the options for a Flink whose own settings decide parallelism, checkpoints and restarts, such as a managed
 * service. Only for unbounded pipelines. beamstreaming.ManagedService, which knows the parallelism, decides about
 * chaining (rule 5).
 */
export function managedPipelineOptions(
  options: Pick<FlinkOptions, "workers" | "maxBundleElements" | "maxBundleMs">,
): Record<string, OptionValue> {
  return {
    streaming: true,
    finishBundleBeforeCheckpointing: true,
    sdkWorkerParallelism: options.workers,
    maxBundleSize: options.maxBundleElements,
    maxBundleTimeMills: options.maxBundleMs,
    // Beam sees no checkpoints in its own options, and would otherwise end idle sources at once.
    shutdownSourcesAfterIdleMs: FOREVER_MS,
  };
}
