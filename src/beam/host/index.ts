/** Runs pipelines on any target: a target is opened into a host, and a host starts runs. */
export { unlessCancelled } from "./at-once";
export type { Host, HostJob, HostRun, Say, Stop } from "./host";
export { checkTarget, openHost } from "./open";
export { type RunEnd, runPipeline, type RunPipelineOptions } from "./run-pipeline";
export { once, runToEnd } from "./run-to-end";
export { listenForStop, type StopSignals } from "./stop-signals";
export {
  CLUSTER_DEFAULTS,
  type DirectTarget,
  FLINK_DEFAULTS,
  type FlinkClusterTarget,
  type FlinkTuning,
  type OwnFlinkTarget,
  type Target,
} from "../target";
export { goOnWords, STOP_WORDS } from "./words";
