import type { CheckpointLimits } from "../operators/contract";
import type { AuthorText } from "../failure/stage-error";

export interface DirectRunnerOptions {
  /** Bundles of one stage that run at the same time, each on its own processor; at least 1. Default 8. */
  readonly maxConcurrentBundlesPerStage?: number;
  /** Restrictions of one splittable DoFn that are processed at the same time; those asleep do not count. Default 1,000. */
  readonly maxConcurrentRestrictionsPerStage?: number;
  /** Elements after which a bundle ends. Default 1,000. */
  readonly maxBundleElements?: number;
  /** Time after which a bundle ends, milliseconds; it also ends when nothing is queued. Default 100. */
  readonly maxBundleMs?: number;
  /** Elements that may wait before one stage until those who make them have to wait. Default 10,000. */
  readonly maxQueuedElements?: number;
  /** The same in bytes, by a rough count; one element may have more. Default 32 MiB. */
  readonly maxQueuedBytes?: number;
  /** When a splittable DoFn is asked to checkpoint. Default 10,000 outputs or 250 ms. */
  readonly checkpointLimits?: CheckpointLimits;
  /** What errors may tell of what authors' code says; default "shown". */
  readonly authorText?: AuthorText;
  /**
   * Whether elements are encoded and decoded between transforms, so that what a coder does to them, or refuses, is seen
   * here as it is on a runner with workers; default false, which is faster.
   */
  readonly check?: boolean;
  /** For tests: order, bundles and checkpoints are randomised, the same way for the same seed. */
  readonly random?: { readonly seed: number };
}

export type Limits = Required<Omit<DirectRunnerOptions, "random">>;

export function limitsOf(options: DirectRunnerOptions): Limits {
  return {
    maxConcurrentBundlesPerStage: options.maxConcurrentBundlesPerStage ?? 8,
    maxConcurrentRestrictionsPerStage: options.maxConcurrentRestrictionsPerStage ?? 1_000,
    maxBundleElements: options.maxBundleElements ?? 1_000,
    maxBundleMs: options.maxBundleMs ?? 100,
    maxQueuedElements: options.maxQueuedElements ?? 10_000,
    maxQueuedBytes: options.maxQueuedBytes ?? 32 * 1024 * 1024,
    check: options.check ?? false,
    authorText: options.authorText ?? "shown",
    checkpointLimits: options.checkpointLimits ?? { maxOutputs: 10_000, maxDurationMs: 250 },
  };
}
