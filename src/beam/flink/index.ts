/** Clients for jobs on a running Flink. */
export { restTokenOf } from "./embedded/runs";
export { ENDED_STATES, type FlinkJob, type FlinkJobSummary, FlinkRest, type FlinkRestOptions } from "./flink-rest";
