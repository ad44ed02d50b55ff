import { type Coder, KVCoder, type Pipeline, runnerApi } from "../sdk";
import { compactCoder } from "./coder";
import { define } from "./definitions";
import type { DefinedDoFn, OpenContext, OutputCoders, Outputs } from "./contract";
import { SPLITTABLE_DO_FN_URN, SPLITTABLE_REQUIREMENT_URN } from "./urns";

/**
 * Tracks which positions of a restriction are claimed.
 *
 * 1. A claimed position must be processed: that is the duty of `process` once `tryClaim` has returned true. Once
 *    `tryClaim` has returned false, `process` must claim and emit nothing more and return.
 * 2. `trySplit(f)` shrinks the current restriction to a primary and returns the rest as the residual. `trySplit(0)` is
 *    a checkpoint: the primary ends right behind the last claimed position.
 * 3. `tryClaim` returns false after a split, once the primary has ended.
 * 4. `checkDone` throws when `process` returned `stop()` although claimable positions are left, since their data would
 *    be lost.
 */
export interface RestrictionTracker<R, P> {
  currentRestriction(): R;
  tryClaim(position: P): boolean;
  /** Returns undefined when nothing is left to give away. */
  trySplit(fractionOfRemainder: number): { readonly primary: R; readonly residual: R } | undefined;
  checkDone(): void;
  /** Returns the completed and the remaining work, in any one unit; both are at least 0. */
  progress?(): { readonly completed: number; readonly remaining: number };
}

/** The result of `process`: everything is done, or call again with the residual after a delay. */
export type ProcessContinuation = { readonly kind: "stop" } | { readonly kind: "resume"; readonly delayMs: number };

export function stop(): ProcessContinuation {
  return { kind: "stop" };
}

/** Asks for a checkpoint behind the last claim. The runner resumes the residual after `delayMs`. */
export function resume(delayMs = 0): ProcessContinuation {
  return { kind: "resume", delayMs };
}

/** A watermark that the author moves. It never goes back, and it is kept across checkpoints. */
export interface ManualWatermark {
  readonly currentMs: number;
  /** Moves the watermark to `ms`. A time before the current watermark is ignored. */
  advanceTo(ms: number): void;
}

export interface SplittableContext<O extends Outputs> {
  /** Timestamp of the element that the restriction belongs to. */
  readonly timestampMs: number;
  /**
   * Emits with an event time of its own. When it returns a promise, await it before the next claim: the promise is the
   * back-pressure of the downstream stages.
   */
  readonly emit: <T extends keyof O & string>(tag: T, value: O[T], timestampMs: number) => void | Promise<void>;
  /**
   * The output watermark: a promise that every later output of this restriction and its residuals has at least this
   * timestamp.
   */
  readonly watermark: ManualWatermark;
  /**
   * Aborted when the runner wants the bundle to end. Timers and requests should end with it; `process` then returns
   * `resume(0)`.
   */
  readonly checkpointRequested: AbortSignal;
}

/** Type parameters: `E` element, `R` restriction, `P` position, `O` outputs. */
export interface SplittableDoFnInstance<E, R, P, O extends Outputs> {
  initialRestriction(element: E): R | Promise<R>;
  /**
   * Returns the initial splits, each of which is checkpointed by itself. Default: one. On Flink all splits of an
   * element are processed by one task, since they share its key. To spread work over tasks, use several elements.
   */
  splitRestriction?(element: E, restriction: R): R[];
  newTracker(element: E, restriction: R): RestrictionTracker<R, P>;
  /** Returns the initial watermark of a fresh restriction, in milliseconds. Default: the element's timestamp. */
  initialWatermarkMs?(element: E, restriction: R, timestampMs: number): number;
  process(
    element: E,
    tracker: RestrictionTracker<R, P>,
    context: SplittableContext<O>,
  ): ProcessContinuation | Promise<ProcessContinuation>;
  close?(): void | Promise<void>;
}

export interface SplittableDefinition<S, E, R, P, O extends Outputs> {
  /** The coder of the restriction, without the watermark state. */
  readonly restriction: Coder<R>;
  /** True when every restriction ends by itself. The outputs of an unbounded DoFn are unbounded collections. */
  readonly bounded: boolean | ((settings: S) => boolean);
  /** The coders of the outputs, or a function of the settings where they decide which data is read. */
  readonly outputs: OutputCoders<O> | ((settings: S) => OutputCoders<O>);
  open(
    settings: S,
    context: OpenContext,
  ): SplittableDoFnInstance<E, R, P, O> | Promise<SplittableDoFnInstance<E, R, P, O>>;
}

/**
 * Defines a splittable DoFn: element → restriction → records, resumable at any claimed position. Name, settings and
 * errors are those of `doFn`.
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
 * Encodes the watermark estimator's state, in milliseconds since the epoch. The state is the value of a KV whose key is
 * the restriction, as in Beam's Java SDK.
 */
export const watermarkStateCoder = compactCoder<number>("beam-streaming:coder:watermark_state", 1, {
  write: (watermarkMs, writer) => writer.double(watermarkMs),
  read: (reader) => reader.double(),
});

/** Makes the part of the payload that all splittable kinds share, whichever operator runs them. */
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
