import { type Coder, KVCoder, type Pipeline, runnerApi } from "../sdk";
import { compactCoder } from "./coder";
import { define } from "./definitions";
import type { DefinedDoFn, OpenContext, OutputCoders, Outputs } from "./contract";
import { SPLITTABLE_DO_FN_URN, SPLITTABLE_REQUIREMENT_URN } from "./urns";

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

/** `E` element, `R` restriction, `P` position, `O` outputs. */
export interface SplittableDoFnInstance<E, R, P, O extends Outputs> {
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
  close?(): void | Promise<void>;
}

export interface SplittableDefinition<S, E, R, P, O extends Outputs> {
  /** The coder of the restriction alone. */
  readonly restriction: Coder<R>;
  /** Whether every restriction comes to an end by itself: the outputs of an unbounded one are unbounded collections. */
  readonly bounded: boolean | ((settings: S) => boolean);
  /** A function where the settings decide what is read. */
  readonly outputs: OutputCoders<O> | ((settings: S) => OutputCoders<O>);
  open(
    settings: S,
    context: OpenContext,
  ): SplittableDoFnInstance<E, R, P, O> | Promise<SplittableDoFnInstance<E, R, P, O>>;
}

/**
 * Defines a splittable DoFn: element → restriction → records, resumable at any claimed position. Name, settings and errors
 * as those of `doFn`.
 */
export function splittableDoFn<E, R, P, O extends Outputs, S = void>(
  name: string,
  definition: SplittableDefinition<S, E, R, P, O>,
): DefinedDoFn<S, E, O> {
  const { bounded, restriction } = definition;
  return define(SPLITTABLE_DO_FN_URN, name, definition, {
    payload: (_settings, pipeline) => splittablePayload(pipeline, restriction),
    isBounded: (settings) => boundednessOf(typeof bounded === "function" ? bounded(settings as S) : bounded),
  });
}

/**
 * The state of a splittable DoFn's watermark estimator, milliseconds since the epoch. It travels as the value of a KV
 * whose key is the restriction, as in Beam's Java SDK.
 */
export const watermarkStateCoder = compactCoder<number>("beam-streaming:coder:watermark_state", 1, {
  write: (watermarkMs, writer) => writer.double(watermarkMs),
  read: (reader) => reader.double(),
});

/** What the payload of every splittable kind has, whatever operator runs it. */
export function splittablePayload<R>(
  pipeline: Pipeline,
  restriction: Coder<R>,
): Pick<runnerApi.ParDoPayload, "restrictionCoderId"> {
  const { requirements } = pipeline.getProto();
  if (!requirements.includes(SPLITTABLE_REQUIREMENT_URN)) requirements.push(SPLITTABLE_REQUIREMENT_URN);
  return { restrictionCoderId: pipeline.getCoderId(new KVCoder(restriction, watermarkStateCoder)) };
}

function boundednessOf(bounded: boolean): runnerApi.IsBounded_Enum | undefined {
  return bounded ? undefined : runnerApi.IsBounded_Enum.UNBOUNDED;
}
