/**
 * The processors of one stage.
 *
 * 1. A processor is set up before its first bundle. It is torn down exactly once, by `close`, whatever happens
 *    meanwhile.
 * 2. Idle processors are used again, the last one first, so a stage has no more of them than it once ran concurrently.
 */
import type { CheckpointLimits } from "../operators/contract";
import type { StageProcessor } from "../operators/stage";
import type { Random } from "./random";
import { RunEnded } from "./run-ended";

export interface PooledProcessor {
  readonly processor: StageProcessor;
  readonly limits: { maxOutputs: number; maxDurationMs: number };
  isSetUp: boolean;
}

export class ProcessorPool {
  private readonly idle: PooledProcessor[] = [];
  private readonly all = new Set<PooledProcessor>();
  private closed = false;

  constructor(
    private readonly create: (limits: CheckpointLimits) => StageProcessor,
    private readonly limits: CheckpointLimits,
    private readonly random?: Random,
  ) {
    // The first processor shows whether the stage can run at all, before anything runs.
    this.idle.push(this.add());
  }

  async acquire(): Promise<PooledProcessor> {
    const pooled = this.idle.pop() ?? this.add();
    if (!pooled.isSetUp) {
      await pooled.processor.setup();
      pooled.isSetUp = true;
      if (this.closed) {
        await pooled.processor.teardown();
        throw new RunEnded();
      }
    }
    // Only the count is randomised: a limit by the clock could not be repeated.
    if (this.random !== undefined)
      pooled.limits.maxOutputs = 1 + this.random.below(Math.min(this.limits.maxOutputs, 20));
    return pooled;
  }

  release(pooled: PooledProcessor): void {
    this.idle.push(pooled);
  }

  /** Asks all bundles in flight to end soon. */
  requestCheckpoints(): void {
    for (const { processor } of this.all) processor.requestCheckpoint();
  }

  /** Resolves when every processor is torn down. Errors of tear-downs go to `onError`. */
  async close(onError: (error: Error) => void): Promise<void> {
    this.closed = true;
    const closing = [...this.all].filter(({ isSetUp }) => isSetUp);
    this.all.clear();
    this.idle.length = 0;
    await Promise.all(closing.map(({ processor }) => processor.teardown().catch(onError)));
  }

  private add(): PooledProcessor {
    const limits = { ...this.limits };
    const pooled = { processor: this.create(limits), limits, isSetUp: false };
    this.all.add(pooled);
    return pooled;
  }
}
