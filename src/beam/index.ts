/** The API for pipeline authors. Everything else comes from the SDK, "apache-beam". */
export * from "./authoring";
export { create } from "./authoring/create";
export { evenSalt } from "./authoring/even-keys";
export { BeamError, declareCodes } from "./error";
export { protoOf } from "./pipeline-proto";
export type { DistributionValue, MetricResult, PipelineRun, Runner } from "./runner";
export {
  BytesCoder,
  type Coder,
  combinePerKey,
  count,
  DoubleCoder,
  flatten,
  globalWindows,
  groupBy,
  groupByKey,
  impulse,
  IterableCoder,
  KVCoder,
  max,
  mean,
  min,
  type PCollection,
  type PTransform,
  Root,
  StrUtf8Coder,
  sum,
  VarIntCoder,
  windowInto,
  withName,
} from "./sdk";
