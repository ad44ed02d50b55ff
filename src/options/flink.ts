/** How the pipeline runs on Flink: the options of --runner flink, and what they say to one another. */
import { flagName } from "./spec";
import type { Embedded, Given } from "./check";
import { CLUSTER, type OptionKey, type OptionValues } from "./table";

export interface FlinkSettings {
  /** REST address of a cluster; undefined for a Flink of its own on this machine. */
  readonly master: string | undefined;
  readonly parallelism: number;
  readonly workers: number;
  readonly checkpointIntervalMs: number;
  readonly checkpointTimeoutMs: number;
  readonly maxBundleElements: number;
  readonly maxBundleMs: number;
  /** Undefined: Flink's own choice. */
  readonly stateBackend: "hashmap" | "rocksdb" | undefined;
  /** Undefined: where Flink itself is told to write them; the same for savepoints. */
  readonly checkpointDirectory: string | undefined;
  readonly savepointDirectory: string | undefined;
  /** Whether the last checkpoints of a job that is cancelled or fails stay. */
  readonly retainCheckpoints: boolean;
  /** Where the job goes on: a savepoint, or a checkpoint that was retained. */
  readonly fromSavepoint: string | undefined;
  readonly allowNonRestoredState: boolean;
  /** The program of Node.js on the cluster's machines. */
  readonly clusterNode: string;
  /** Whether to leave the job to itself as soon as it runs. */
  readonly detach: boolean;
}

export function flinkSettings(values: OptionValues): FlinkSettings {
  return {
    master: values.flinkMaster,
    parallelism: values.parallelism,
    workers: values.sdkWorkers,
    checkpointIntervalMs: values.checkpointInterval,
    checkpointTimeoutMs: values.checkpointTimeout,
    maxBundleElements: values.maxBundleElements,
    maxBundleMs: values.maxBundleTime,
    stateBackend: values.stateBackend,
    checkpointDirectory: values.checkpointDir,
    savepointDirectory: values.savepointDir,
    retainCheckpoints: values.retainCheckpoints,
    fromSavepoint: values.fromSavepoint,
    allowNonRestoredState: values.allowNonRestoredState,
    clusterNode: values.clusterNode,
    detach: values.detach,
  };
}

type Rule = (given: Given, embedded: Embedded) => string | false | undefined;

/** Each rule answers with the sentence that refuses, or with nothing. */
export const FLINK_RULES: readonly Rule[] = [
  ({ values, origins }) => {
    const stray = (Object.keys(CLUSTER) as OptionKey[]).find((key) => key !== "flinkMaster" && origins[key] === "flag");
    return (
      values.flinkMaster === undefined &&
      stray !== undefined &&
      `--${flagName(stray)} is only of use with --flink-master, the address of a cluster.`
    );
  },
  ({ values }, embedded) =>
    values.flinkMaster !== undefined &&
    !isOnThisMachine(values.flinkMaster) &&
    Object.values(embedded).includes(true) &&
    "A cluster on other machines cannot reach services that are embedded here: give real ones with --no-local.",
  ({ values }, embedded) =>
    values.detach &&
    Object.values(embedded).includes(true) &&
    "--detach would leave the job without its services, which end with this command: give real ones with --no-local.",
  ({ values }) =>
    values.allowNonRestoredState &&
    values.fromSavepoint === undefined &&
    "--allow-non-restored-state is only of use with --from-savepoint.",
  // Where reading ends is part of the source's state: a restored one would not see the option, and read for ever.
  ({ values }) =>
    values.fromSavepoint !== undefined &&
    (values.once || values.until !== undefined) &&
    `--${values.once ? "once" : "until"} contradicts --from-savepoint, whose source goes on without an end: leave one of them out.`,
];

function isOnThisMachine(address: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(address).hostname);
}
