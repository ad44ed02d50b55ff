/** Clients for jobs on a running Flink, and what its texts tell of them. */
export { codedFailureIn } from "./failure";
export { restTokenOf } from "./embedded/runs";
export { ENDED_STATES, type FlinkJob, type FlinkJobSummary, FlinkRest, type FlinkRestOptions } from "./flink-rest";
