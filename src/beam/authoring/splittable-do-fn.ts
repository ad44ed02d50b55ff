import type { DoFnLifecycle, Outputs } from "./do-fn";

/**
 * Keeps what of a restriction is claimed.
 *
 * 1. Work belongs to whoever claimed it: once `tryClaim` returned true the position must be processed; once it returned
 *    false nothing more may be, and `process` returns.
 * 2. `trySplit(f)` shrinks the current restriction to a primary and returns the rest as residual. `trySplit(0)` is a
 *    checkpoint: the primary ends right behind the last claimed position.
 * 3. After a split that ended the primary, `tryClaim` returns false.
 * 4. `checkDone` throws when `process` returned `stop()` with claimed work missing: data would be lost.
 */
export interface RestrictionTracker<R, P> {
  currentRestriction(): R;
  tryClaim(position: P): boolean;
  /** Undefined when there is nothing left to give away. */
  trySplit(fractionOfRemainder: number): { readonly primary: R; readonly residual: R } | undefined;
  checkDone(): void;
  /** Work done and left, in any one unit; 0 ≤ both. */
  progress?(): { readonly completed: number; readonly remaining: number };
}

/** What `process` says when it returns: all is done, or call again with the rest after a while. */
export type ProcessContinuation = { readonly kind: "stop" } | { readonly kind: "resume"; readonly delayMs: number };

export function stop(): ProcessContinuation {
  return { kind: "stop" };
}

/** Checkpoints the restriction behind the last claim and resumes it after `delayMs`. */
export function resume(delayMs = 0): ProcessContinuation {
  return { kind: "resume", delayMs };
}

/** A watermark that the author moves by hand; it never goes back, and it is kept across checkpoints. */
export interface ManualWatermark {
  readonly currentMs: number;
  /** Moves to `ms`; a value behind the current one is ignored. */
  advanceTo(ms: number): void;
}

export interface SplittableContext<O extends Outputs> {
  /** Timestamp of the element whose restriction this is. */
  readonly timestampMs: number;
  /**
   * Emits with an event time of its own. Await the promise, when there is one, before the next claim: that is the
   * back-pressure of everything downstream.
   */
  readonly emit: <T extends keyof O & string>(tag: T, value: O[T], timestampMs: number) => void | Promise<void>;
  /** The output watermark: a promise that no later output of this restriction, residuals included, is older. */
  readonly watermark: ManualWatermark;
  /** Aborted when the runner wants the bundle to end: sleep and network waits should end with it, then return `resume(0)`. */
  readonly checkpointRequested: AbortSignal;
}

/**
 * A splittable DoFn: element → restriction → records, resumable at any claimed position.
 * `E` element, `R` restriction, `P` position, `O` outputs. Instances travel like those of `TaggedDoFn`.
 */
export interface SplittableDoFn<E, R, P, O extends Outputs> extends DoFnLifecycle {
  initialRestriction(element: E): R | Promise<R>;
  /**
   * Initial splits; each checkpoints itself on its own. Default: one. On Flink all splits of an element are the work of one
   * task, as they have one key; elements of their own are spread.
   */
  splitRestriction?(element: E, restriction: R): R[];
  newTracker(element: E, restriction: R): RestrictionTracker<R, P>;
  /** Where the watermark of a fresh restriction starts; default: the element's timestamp. */
  initialWatermarkMs?(element: E, restriction: R, timestampMs: number): number;
  process(
    element: E,
    tracker: RestrictionTracker<R, P>,
    context: SplittableContext<O>,
  ): ProcessContinuation | Promise<ProcessContinuation>;
}
