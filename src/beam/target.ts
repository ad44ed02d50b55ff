/** Where a pipeline runs: in this process, on a Flink of its own on this machine, or on a Flink cluster by its address. */
import type { DirectRunnerOptions } from "./direct/options";
import type { Restore } from "./flink/flink-configuration";

export type Target = DirectTarget | OwnFlinkTarget | FlinkClusterTarget;

export interface DirectTarget {
  readonly kind: "direct";
  readonly options?: DirectRunnerOptions;
}

/** What a job may be told on any Flink; what is missing is as `FLINK_DEFAULTS` say, or left to Flink. */
export interface FlinkTuning {
  /** Tasks of each stage. */
  readonly parallelism?: number;
  /** Worker processes of each TaskManager. */
  readonly workers?: number;
  /** Time between checkpoints: what a failure repeats at most. */
  readonly checkpointIntervalMs?: number;
  /** A checkpoint that takes longer is given up; bundles must end well before. */
  readonly checkpointTimeoutMs?: number;
  /** A bundle ends with this many elements at the latest … */
  readonly maxBundleElements?: number;
  /** … or after this time. */
  readonly maxBundleMs?: number;
  /** Where Flink keeps what is under way: its heap, or disk. */
  readonly stateBackend?: "hashmap" | "rocksdb" | undefined;
  /** An absolute path or an address that every machine of Flink reaches. */
  readonly savepointDirectory?: string | undefined;
  /** Missing: the job begins anew. */
  readonly restore?: Restore | undefined;
}

/** Ends with this process. */
export interface OwnFlinkTarget extends FlinkTuning {
  readonly kind: "own-flink";
  /** For workers and what Flink writes; savepoints are kept there unless `savepointDirectory` says where. */
  readonly dataDirectory: string;
  /** Names of variables of this process that workers get beside those for AWS; default "*", all, as in this process. */
  readonly workerVariables?: readonly string[];
}

export interface FlinkClusterTarget extends FlinkTuning {
  readonly kind: "flink-cluster";
  /** Address of its REST service, without a slash at its end. */
  readonly url: string;
  /** The program of Node.js on the cluster's machines. */
  readonly node?: string;
  readonly checkpointDirectory?: string | undefined;
  /** Whether the last checkpoints of a job that is cancelled or fails stay. */
  readonly retainCheckpoints?: boolean;
  /** When this process leaves the job to itself, which then runs on. */
  readonly leave: "never" | "when-stopped" | "once-it-runs";
}

export const FLINK_DEFAULTS = {
  parallelism: 2,
  workers: 1,
  checkpointIntervalMs: 10_000,
  checkpointTimeoutMs: 600_000,
  maxBundleElements: 1_000,
  maxBundleMs: 100,
} as const satisfies FlinkTuning;

export const CLUSTER_DEFAULTS = { node: "node", retainCheckpoints: true } as const;
