/** The memory and work that a worker holds, all of it bounded. For tests, and for a runner that asks. */
export interface WorkerLoad {
  readonly runningBundles: number;
  readonly idleProcessors: number;
  readonly descriptors: number;
  /** Number of instructions with a queue of data, and the bytes in all queues. */
  readonly dataQueues: number;
  readonly bufferedBytes: number;
  /** Number of failed instructions that are remembered, since data may still arrive for them. */
  readonly failedInstructions: number;
}
