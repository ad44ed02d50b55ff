/** The options of --runner flink, and the rules between them. */
import type { FlinkClusterTarget, FlinkTuning, OwnFlinkTarget, Target } from "../beam/target";
import type { Origin } from "./command-line";
import type { Embedded, Given } from "./given";
import { isOnThisMachine } from "./kinds";
import { flagName } from "./spec";
import { CLUSTER, FLINK, type OptionValues } from "./table";

export interface FlinkSettings extends Required<FlinkTuning> {
  /** Undefined means a Flink of the job's own on this machine. */
  readonly cluster: ClusterSettings | undefined;
}

export interface ClusterSettings extends Required<Omit<FlinkClusterTarget, "kind" | "leave" | keyof FlinkTuning>> {
  /** True to leave the job to itself as soon as it runs. */
  readonly detach: boolean;
}

/** Values of the Flink options, which any command gives that runs a pipeline on Flink. */
export type FlinkValues = Omit<
  Pick<OptionValues, "runner" | keyof typeof FLINK | keyof typeof CLUSTER>,
  "maxRetryTime"
>;

export function flinkSettings(values: FlinkValues): FlinkSettings {
  const { flinkMaster: url, fromSavepoint, allowNonRestoredState } = values;
  return {
    parallelism: values.parallelism,
    workers: values.sdkWorkers,
    checkpointIntervalMs: values.checkpointInterval,
    checkpointTimeoutMs: values.checkpointTimeout,
    maxBundleElements: values.maxBundleElements,
    maxBundleMs: values.maxBundleTime,
    stateBackend: values.stateBackend,
    savepointDirectory: values.savepointDir,
    restore: fromSavepoint === undefined ? undefined : { path: fromSavepoint, allowNonRestoredState },
    cluster: url === undefined ? undefined : clusterSettings(url, values),
  };
}

function clusterSettings(url: string, values: FlinkValues): ClusterSettings {
  return {
    url,
    node: values.clusterNode,
    checkpointDirectory: values.checkpointDir,
    retainCheckpoints: values.retainCheckpoints,
    detach: values.detach,
  };
}

export interface Ownership extends Pick<OwnFlinkTarget, "dataDirectory" | "workerVariables"> {
  /** True when a job on a cluster cannot live without this command. */
  readonly isBound: boolean;
}

/** The target that the settings describe. */
export function flinkTarget({ cluster, ...tuning }: FlinkSettings, { isBound, ...own }: Ownership): Target {
  if (cluster === undefined) return { kind: "own-flink", ...own, ...tuning };
  const { detach, ...settings } = cluster;
  const leave = detach ? "once-it-runs" : isBound ? "never" : "when-stopped";
  return { kind: "flink-cluster", ...tuning, ...settings, leave };
}

interface FlinkGiven {
  readonly values: Pick<FlinkValues, "runner" | "flinkMaster" | "fromSavepoint" | "allowNonRestoredState">;
  readonly origins: Readonly<Partial<Record<string, Origin>>>;
}

/** Rules between the options in any command. Each returns the sentence that refuses, or nothing. */
export const FLINK_RULES: readonly ((given: FlinkGiven) => string | false | undefined)[] = [
  (given) => given.values.runner !== "flink" && stray(given, { ...FLINK, ...CLUSTER }, "--runner flink"),
  (given) =>
    given.values.flinkMaster === undefined && stray(given, CLUSTER, "--flink-master, the address of a cluster"),
  ({ values }) =>
    values.allowNonRestoredState &&
    values.fromSavepoint === undefined &&
    "--allow-non-restored-state is only of use with --from-savepoint.",
];

/** Rules between the Flink options and the job's other ones. */
export const FLINK_JOB_RULES: readonly ((given: Given, embedded: Embedded) => string | false | undefined)[] = [
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
    values.detach &&
    values.metricsPort !== undefined &&
    "--metrics-port serves metrics while this command follows the job: leave --detach out.",
  // The end of reading is part of the source's state: a restored source would not see the option, and read for ever.
  ({ values }) =>
    values.fromSavepoint !== undefined &&
    (values.once || values.until !== undefined) &&
    `--${values.once ? "once" : "until"} contradicts --from-savepoint, whose source goes on without an end: leave one of them out.`,
];

function stray({ origins }: FlinkGiven, table: object, need: string): string | undefined {
  const key = Object.keys(table).find((each) => origins[each] === "flag");
  return key === undefined ? undefined : `--${flagName(key)} is only of use with ${need}.`;
}
