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

/** With a pause that grows up to a minute. */
const ENDLESS_RESTARTS = {
  "restart-strategy.type": "exponential-delay",
  "restart-strategy.exponential-delay.initial-backoff": "1 s",
  "restart-strategy.exponential-delay.max-backoff": "1 min",
} as const;
