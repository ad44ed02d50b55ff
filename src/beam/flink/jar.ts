/** Makes the jar that runs a pipeline on a Flink cluster. */
export { bundleForJar, type WorkerProgram } from "./bundle-worker";
export { FLINK_ARTIFACTS, flinkRunnerJar } from "./embedded/build";
export { type JobJar, writeJobJar } from "./job-jar";
