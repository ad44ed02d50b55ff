export interface FlinkConfigurationOptions {
  readonly isBounded: boolean;
  readonly stateBackend: "hashmap" | "rocksdb" | undefined;
  readonly checkpointDirectory: string | undefined;
  readonly savepointDirectory: string | undefined;
  readonly retainCheckpoints: boolean;
}

/**
 * Flink's own settings of one job, by the names of Flink 1.19 and 1.20, for what Beam's options cannot say. What is
 * undefined is left to the cluster.
 */
export function flinkConfiguration(options: FlinkConfigurationOptions): Record<string, string> {
  const { stateBackend, checkpointDirectory, savepointDirectory } = options;
  return {
    ...(options.isBounded ? { "restart-strategy.type": "none" } : ENDLESS_RESTARTS),
    // Otherwise a job that ends waits for one more checkpoint.
    "execution.checkpointing.checkpoints-after-tasks-finish.enabled": "false",
    "execution.checkpointing.externalized-checkpoint-retention": options.retainCheckpoints
      ? "RETAIN_ON_CANCELLATION"
      : "DELETE_ON_CANCELLATION",
    ...(stateBackend === undefined ? {} : { "state.backend.type": stateBackend }),
    ...(checkpointDirectory === undefined ? {} : { "state.checkpoints.dir": checkpointDirectory }),
    ...(savepointDirectory === undefined ? {} : { "state.savepoints.dir": savepointDirectory }),
  };
}

/** Where a job goes on. */
export interface Restore {
  /** Of a savepoint, or of a checkpoint that was retained. */
  readonly path: string;
  /** Whether it may hold state of stages that the pipeline no longer has. */
  readonly allowNonRestoredState?: boolean;
}

export interface OnlyJobOptions {
  readonly stateBackend?: FlinkConfigurationOptions["stateBackend"];
  /** A folder's absolute path, or an address. */
  readonly savepointDirectory: string;
  readonly restore?: Restore | undefined;
}

/** Of a Flink that runs one job: what Beam's job service has no other place for, the job takes from Flink's settings. */
export function onlyJobConfiguration(options: OnlyJobOptions): Record<string, string> {
  const { stateBackend, savepointDirectory, restore } = options;
  return {
    "state.savepoints.dir": savepointDirectory.startsWith("/") ? `file://${savepointDirectory}` : savepointDirectory,
    ...(stateBackend === undefined ? {} : { "state.backend.type": stateBackend }),
    ...(restore === undefined ? {} : { "execution.savepoint.path": restore.path }),
    ...(restore?.allowNonRestoredState === true ? { "execution.savepoint.ignore-unclaimed-state": "true" } : {}),
  };
}

/** Without limit, with a pause that grows, but not so far that a job is away for a minute when what failed it has gone. */
export const ENDLESS_RESTARTS = {
  "restart-strategy.type": "exponential-delay",
  "restart-strategy.exponential-delay.initial-backoff": "1 s",
  "restart-strategy.exponential-delay.max-backoff": "20 s",
} as const;
