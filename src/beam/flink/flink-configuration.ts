export interface FlinkConfigurationOptions {
  readonly isBounded: boolean;
  readonly stateBackend: "hashmap" | "rocksdb" | undefined;
  readonly checkpointDirectory: string | undefined;
  readonly savepointDirectory: string | undefined;
  readonly retainCheckpoints: boolean;
}

/**
 * Returns Flink's own settings for one job, by the names of Flink 1.19 and 1.20, where Beam has no option. An undefined
 * setting is left to the cluster.
 */
export function flinkConfiguration(options: FlinkConfigurationOptions): Record<string, string> {
  const { stateBackend, checkpointDirectory, savepointDirectory } = options;
  return {
    ...(options.isBounded ? { "restart-strategy.type": "none" } : ENDLESS_RESTARTS),
    // An ending job would otherwise wait for one more checkpoint.
    "execution.checkpointing.checkpoints-after-tasks-finish.enabled": "false",
    "execution.checkpointing.externalized-checkpoint-retention": options.retainCheckpoints
      ? "RETAIN_ON_CANCELLATION"
      : "DELETE_ON_CANCELLATION",
    ...(stateBackend === undefined ? {} : { "state.backend.type": stateBackend }),
    ...(checkpointDirectory === undefined ? {} : { "state.checkpoints.dir": checkpointDirectory }),
    ...(savepointDirectory === undefined ? {} : { "state.savepoints.dir": savepointDirectory }),
  };
}

/** The state from which a job starts. */
export interface Restore {
  /** Path of a savepoint, or of a retained checkpoint. */
  readonly path: string;
  /** True when the state may hold stages that the pipeline no longer has. */
  readonly allowNonRestoredState?: boolean;
}

export interface OnlyJobOptions {
  readonly stateBackend?: FlinkConfigurationOptions["stateBackend"];
  /** Absolute path of a folder, or an address. */
  readonly savepointDirectory: string;
  readonly restore?: Restore | undefined;
}

/**
 * Returns the settings for a Flink that runs only one job. The job reads them from Flink's own settings, since Beam's
 * job service cannot pass them on.
 */
export function onlyJobConfiguration(options: OnlyJobOptions): Record<string, string> {
  const { stateBackend, savepointDirectory, restore } = options;
  return {
    "state.savepoints.dir": savepointDirectory.startsWith("/") ? `file://${savepointDirectory}` : savepointDirectory,
    ...(stateBackend === undefined ? {} : { "state.backend.type": stateBackend }),
    ...(restore === undefined ? {} : { "execution.savepoint.path": restore.path }),
    ...(restore?.allowNonRestoredState === true ? { "execution.savepoint.ignore-unclaimed-state": "true" } : {}),
  };
}

/**
 * Restarts without limit, after a growing pause. The pause is limited, so that a job does not stay away long after its
 * trouble has passed.
 */
export const ENDLESS_RESTARTS = {
  "restart-strategy.type": "exponential-delay",
  "restart-strategy.exponential-delay.initial-backoff": "1 s",
  "restart-strategy.exponential-delay.max-backoff": "20 s",
} as const;
