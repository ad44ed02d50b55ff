import type { OptionValue } from "./pipeline-options";

/** How a pipeline runs on Flink. */
export interface FlinkOptions {
  /** Whether all of the pipeline's sources end: then the job ends with them, and a failure is its end, too. */
  readonly isBounded: boolean;
  /** Tasks of each stage. */
  readonly parallelism: number;
  /** Worker processes of each TaskManager. */
  readonly workers: number;
  /** Time between checkpoints: what a failure repeats at most. */
  readonly checkpointIntervalMs: number;
  /** A checkpoint that takes longer is given up; bundles must end well before. Missing: Flink's own, ten minutes. */
  readonly checkpointTimeoutMs?: number;
  /** A bundle ends with this many elements at the latest … */
  readonly maxBundleElements: number;
  /** … or after this time. */
  readonly maxBundleMs: number;
}

/** Longer than any job lives. */
const FOREVER_MS = 100 * 365 * 86_400_000;
/** At once, since an Impulse hands on its element before it looks: with anything more it waits for a whole second. */
const SOURCE_IDLE_MS = 0;

/**
 * Beam's options of the portable Flink runner, by their camel-case names.
 *
 * 1. Always streaming: in batch mode the runner merges the session windows of one key wrongly when its elements come
 *    through several tasks.
 * 2. Bundles always end before a checkpoint: what a bundle that ends within one puts out would otherwise wait for the
 *    operator's next bundle, and after Impulse there is none.
 * 3. A checkpoint that fails or is late is followed by the next one and nothing else: Beam's own default restarts the job
 *    for it, which repeats work and mends nothing.
 * 4. With checkpoints on, Flink keeps a job's sources alive for ever unless they are told to end when idle. Once one has
 *    ended there are no more checkpoints, so only bounded pipelines may do that.
 * 5. An Impulse is never chained to the stage behind it. Beam names all operators for savepoints but this one, for which
 *    Flink makes up a name out of what it is chained to: at parallelism 1 the next stage, at others nothing. A savepoint of
 *    the one could not be read at the other.
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
    // Spelt as Beam spells it; an option of an unknown name is ignored without a word.
    maxBundleTimeMills: options.maxBundleMs,
    ...(options.parallelism === 1 && !options.isBounded ? { operatorChaining: false } : {}),
    ...(options.isBounded ? { shutdownSourcesAfterIdleMs: SOURCE_IDLE_MS, numberOfExecutionRetries: 0 } : {}),
  };
}

/**
 * The same where Flink's own settings give parallelism, checkpoints and restarts, as on a managed service: nothing is
 * said about them. Of pipelines without end only. Chaining at parallelism 1 (see 5) is beamstreaming.ManagedService's, which
 * knows the parallelism.
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
    // Beam sees no checkpoints in its own options, and would end the sources at once.
    shutdownSourcesAfterIdleMs: FOREVER_MS,
  };
}
