/** The API for pipeline authors, besides the SDK itself. */
export {
  type AsyncDefinition,
  asyncDoFn,
  type AsyncDoFnInstance,
  type AsyncElement,
  type Batching,
  type CallLater,
  type Calls,
} from "./async-do-fn";
export { asyncBoundary, type AsyncBoundaryOptions } from "./async-boundary";
export { compactCoder, type Format, jsonCoder } from "./coder";
export type * from "./contract";
export { openSpec, outputsOf } from "./definitions";
export { doFn, type DoFnInstance } from "./do-fn";
export { fragments, type FragmentsInstance } from "./fragments";
export { closeBounds, type Histogram, histogram, histogramCounters, type HistogramSpec } from "./histogram";
export type { Counter, Distribution, Gauge, Metrics } from "./metrics";
export { type OffsetRange, offsetRangeCoder, OffsetRangeTracker } from "./offset-range-tracker";
export {
  type ManualWatermark,
  type ProcessContinuation,
  type RestrictionTracker,
  resume,
  type SplittableContext,
  type SplittableDefinition,
  splittableDoFn,
  type SplittableDoFnInstance,
  stop,
} from "./splittable-do-fn";
export * from "./windowing";
export * from "../values";
export { registerForSerialization } from "../sdk";
