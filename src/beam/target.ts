/**
 * The places where a pipeline can run: this process, a Flink of its own on this machine, or a Flink cluster with an
 * address.
 */
import type { DirectRunnerOptions } from "./direct/options";
import type { Restore } from "./flink/flink-configuration";

export type Target = DirectTarget | OwnFlinkTarget | FlinkClusterTarget;

export interface DirectTarget {
  readonly kind: "direct";
  readonly options?: DirectRunnerOptions;
}

/** Settings of a job on any Flink. Missing ones have the values of `FLINK_DEFAULTS`, or are left to Flink. */
export interface FlinkTuning {
  /** Number of tasks of each stage. */
  readonly parallelism?: number;
  /** Number of worker processes of each TaskManager. Missing means `defaultWorkers` of its processors. */
  readonly workers?: number | undefined;
  /** Time between checkpoints, which is the work that a failure repeats at most. */
  readonly checkpointIntervalMs?: number;
  /** A checkpoint that takes longer is given up, so bundles must end well before. */
  readonly checkpointTimeoutMs?: number;
  /** Limit of elements in a bundle, beside 8 MiB of them … */
  readonly maxBundleElements?: number;
  /** … and of its duration. */
  readonly maxBundleMs?: number;
  /** The place of Flink's state: the heap (hashmap), or disk (rocksdb). */
  readonly stateBackend?: "hashmap" | "rocksdb" | undefined;
  /** Absolute path or address that every machine of Flink reaches. */
  readonly savepointDirectory?: string | undefined;
  /** State to start from; missing means none. */
  readonly restore?: Restore | undefined;
}

/** A Flink on this machine that ends with this process. */
export interface OwnFlinkTarget extends FlinkTuning {
  readonly kind: "own-flink";
  /**
   * Folder for workers and Flink's files. Savepoints are kept there unless `savepointDirectory` names another place.
   */
  readonly dataDirectory: string;
  /**
   * Names of variables of this process that workers get, besides those for AWS. Default: "*", all of them, as in this
   * process.
   */
  readonly workerVariables?: readonly string[];
}

export interface FlinkClusterTarget extends FlinkTuning {
  readonly kind: "flink-cluster";
  /** Address of Flink's REST service, without a slash at its end. */
  readonly url: string;
  /** Command of Node.js on the cluster's machines. */
  readonly node?: string;
  readonly checkpointDirectory?: string | undefined;
  /** True to keep the last checkpoints of a job that is cancelled or fails. */
  readonly retainCheckpoints?: boolean;
  /** When this process leaves the job running. */
  readonly leave: "never" | "when-stopped" | "once-it-runs";
}

export const FLINK_DEFAULTS = {
  parallelism: 2,
  checkpointIntervalMs: 10_000,
  checkpointTimeoutMs: 600_000,
  maxBundleElements: 10_000,
  maxBundleMs: 100,
} as const satisfies FlinkTuning;

/** Java needs processors as well, and memory grows with each worker: more is for who has measured it. */
const MAX_DEFAULT_WORKERS = 2;

/** Worker processes of a TaskManager with so many processors: a worker runs JavaScript in one thread. */
export function defaultWorkers(processors: number): number {
  return Math.min(Math.max(Math.floor(processors), 1), MAX_DEFAULT_WORKERS);
}

export const CLUSTER_DEFAULTS = { node: "node", retainCheckpoints: true } as const;
