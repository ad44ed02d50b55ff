/** Everything that a pipeline author needs besides the SDK itself. */
export type { AsyncDoFn, AsyncElement, Batching } from "./async-do-fn";
export { detached, type DetachedOptions } from "./detached";
export { compactCoder, type Format, jsonCoder } from "./coder";
export type {
  DoFnLifecycle,
  ElementContext,
  Emit,
  EmitWindowed,
  NoOutputs,
  Outputs,
  SetupContext,
  TaggedDoFn,
} from "./do-fn";
export type { FragmentFn } from "./fragments";
export type { Counter, Distribution, Gauge, Metrics } from "./metrics";
export { type OffsetRange, offsetRangeCoder, OffsetRangeTracker } from "./offset-range-tracker";
export {
  type ManualWatermark,
  type ProcessContinuation,
  type RestrictionTracker,
  resume,
  type SplittableContext,
  type SplittableDoFn,
  stop,
} from "./splittable-do-fn";
export {
  asyncParDo,
  fragments,
  type OutputCoders,
  type OutputCollections,
  type OutputsTransform,
  splittableParDo,
  taggedParDo,
} from "./transforms";
export * from "./windowing";
export * from "../values";
export { P, registerForSerialization } from "../sdk";
