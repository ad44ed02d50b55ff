import type { CheckpointLimits } from "../operators/contract";
import type { AuthorText } from "../failure/stage-error";

export interface DirectRunnerOptions {
  /** Limit of concurrent bundles of one stage, each on its own processor; at least 1. Default 8. */
  readonly maxConcurrentBundlesPerStage?: number;
  /** Limit of concurrent restrictions of one splittable DoFn; sleeping ones do not count. Default 1,000. */
  readonly maxConcurrentRestrictionsPerStage?: number;
  /** Limit of elements in a bundle. Default 1,000. */
  readonly maxBundleElements?: number;
  /** Limit of a bundle's duration in milliseconds. A bundle also ends when nothing is queued. Default 100. */
  readonly maxBundleMs?: number;
  /** Limit of elements that wait before one stage. Their producers wait beyond it. Default 10,000. */
  readonly maxQueuedElements?: number;
  /** The same limit in bytes, by a rough count. A single element may exceed it. Default 32 MiB. */
  readonly maxQueuedBytes?: number;
  /** Bounds at which a splittable DoFn is asked to checkpoint. Default 10,000 outputs or 250 ms. */
  readonly checkpointLimits?: CheckpointLimits;
  /** How much of the text in authors' errors may be shown. Default "shown". */
  readonly authorText?: AuthorText;
  /**
   * Encodes and decodes elements between transforms, which shows what a coder changes or refuses, as on a runner with
   * workers. Default false, which is faster.
   */
  readonly check?: boolean;
  /** Randomises order, bundles and checkpoints, in the same way for the same seed; for tests. */
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
