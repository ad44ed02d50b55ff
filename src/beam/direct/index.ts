export { DirectRun } from "./run";
export { DirectRunner } from "./runner";
export type { DirectRunnerOptions } from "./options";
export type { RunStatus, StageStatus } from "./status";
