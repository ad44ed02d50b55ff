/** What a worker holds at the moment, all of it bounded: for tests, and for a runner that asks. */
export interface WorkerLoad {
  readonly runningBundles: number;
  readonly idleProcessors: number;
  readonly descriptors: number;
  /** Instructions with a queue of data, and the bytes in all queues. */
  readonly dataQueues: number;
  readonly bufferedBytes: number;
  /** Failed instructions that are remembered, since data may still come for them. */
  readonly failedInstructions: number;
}
