/** Jobs on a Flink that runs, by its REST service. */
export { restTokenOf } from "./embedded/runs";
export { ENDED_STATES, type FlinkJob, type FlinkJobSummary, FlinkRest, type FlinkRestOptions } from "./flink-rest";
