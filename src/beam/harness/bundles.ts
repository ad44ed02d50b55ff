/**
 * The bundles of a worker and the processors that run them.
 *
 * 1. Bundles run concurrently, each on a processor of its own. Idle processors are used again, the last one first, so
 *    that surplus processors from a peak stay idle. They are torn down after `IDLE_MS` without work.
 * 2. A processor whose bundle failed is torn down and never used again. The other bundles go on.
 * 3. Nothing of an ended bundle is kept. A question about an unknown bundle is not an error, because it may have
 *    crossed the bundle's answer on the way.
 */
import type { fnApi, MonitoringInfo } from "../sdk/fn-api";
import { type BundleAnswer, BundleProcessor, type WorkerEnvironment } from "./bundle-processor";
import type { WorkerLoad } from "./load";

const IDLE_MS = 60_000;

interface IdleProcessor {
  readonly processor: BundleProcessor;
  readonly sinceMs: number;
}

export interface BundlesOptions {
  readonly environment: WorkerEnvironment;
  readonly descriptor: (id: string) => Promise<fnApi.ProcessBundleDescriptor>;
  /** Forgets the data of an instruction in every data plane. */
  readonly onBundleEnd: (instructionId: string, failed: boolean) => void;
  readonly idleMs?: number;
}

/** The failure of a bundle. `transformId` is set when a transform failed. */
export class BundleFailure extends Error {
  constructor(
    override readonly cause: unknown,
    readonly transformId: string | undefined,
  ) {
    super("A bundle failed.");
  }
}

export class Bundles {
  private readonly running = new Map<string, BundleProcessor>();
  private readonly idle = new Map<string, IdleProcessor[]>();
  private readonly idleMs: number;
  private readonly sweeper: NodeJS.Timeout;

  constructor(private readonly options: BundlesOptions) {
    this.idleMs = options.idleMs ?? IDLE_MS;
    this.sweeper = setInterval(() => this.tearDownIdle(performance.now() - this.idleMs), this.idleMs / 2).unref();
  }

  /** Runs a bundle. Rejects with a BundleFailure. */
  async process(instructionId: string, request: fnApi.ProcessBundleRequest): Promise<BundleAnswer> {
    const id = request.processBundleDescriptorId;
    let processor: BundleProcessor | undefined;
    try {
      processor = this.idle.get(id)?.pop()?.processor ?? (await this.create(id));
      this.running.set(instructionId, processor);
      const answer = await processor.process(instructionId, request);
      this.options.onBundleEnd(instructionId, false);
      this.keep(id, processor);
      return answer;
    } catch (error) {
      this.options.onBundleEnd(instructionId, true);
      const failure = new BundleFailure(error, processor?.failedTransformId);
      // The answer to the runner does not wait for an author's tear-down.
      void processor?.teardown();
      throw failure;
    } finally {
      this.running.delete(instructionId);
    }
  }

  get load(): Pick<WorkerLoad, "runningBundles" | "idleProcessors"> {
    const idle = [...this.idle.values()].reduce((sum, { length }) => sum + length, 0);
    return { runningBundles: this.running.size, idleProcessors: idle };
  }

  progress(instructionId: string): readonly MonitoringInfo[] {
    return this.running.get(instructionId)?.progress() ?? [];
  }

  split(request: fnApi.ProcessBundleSplitRequest): fnApi.ProcessBundleSplitResponse {
    const processor = this.running.get(request.instructionId);
    return processor?.split(request.desiredSplits) ?? { primaryRoots: [], residualRoots: [], channelSplits: [] };
  }

  /** Tears down all idle processors. */
  async close(): Promise<void> {
    clearInterval(this.sweeper);
    await Promise.all(this.tearDownIdle(Infinity));
  }

  private keep(id: string, processor: BundleProcessor): void {
    const entry = { processor, sinceMs: performance.now() };
    const idle = this.idle.get(id);
    if (idle === undefined) this.idle.set(id, [entry]);
    else idle.push(entry);
  }

  private tearDownIdle(beforeMs: number): Promise<void>[] {
    const teardowns: Promise<void>[] = [];
    for (const [id, entries] of this.idle) {
      // Entries are in the order in which they became idle.
      const firstToKeep = entries.findIndex(({ sinceMs }) => sinceMs >= beforeMs);
      const old = entries.splice(0, firstToKeep < 0 ? entries.length : firstToKeep);
      if (entries.length === 0) this.idle.delete(id);
      teardowns.push(...old.map(({ processor }) => processor.teardown()));
    }
    return teardowns;
  }

  private async create(id: string): Promise<BundleProcessor> {
    const processor = new BundleProcessor(await this.options.descriptor(id), this.options.environment);
    try {
      await processor.setup();
    } catch (error) {
      void processor.teardown();
      throw error;
    }
    return processor;
  }
}
