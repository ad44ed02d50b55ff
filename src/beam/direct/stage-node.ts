/**
 * The node of a stage: its queue and its bundles.
 *
 * 1. At most `maxConcurrentBundlesPerStage` bundles run at once, each on its own processor. None starts while there is
 *    no room downstream.
 * 2. A bundle takes elements until its bounds are reached or the queue is empty. One exception: the last open bundle of
 *    an asynchronous stage stays open while all other slots belong to bundles that only wait for their calls. Otherwise
 *    a few slow calls would keep all queued elements from starting.
 * 3. A splittable stage runs one restriction per bundle and adds its residual to the sleeping restrictions.
 * 4. The minimum timestamp of a bundle's elements holds the input watermark until the bundle has ended.
 * 5. There is room while the queue has fewer elements and fewer bytes than the limits. Where `boundsParked`, the same
 *    limits hold for the elements that wait for side inputs.
 */
import type { Residual } from "../operators/contract";
import { type IntervalWindow, MIN_TIMESTAMP_MS, type WindowedValue } from "../values";
import { type ElementQueue, elementQueue } from "./element-queue";
import type { StageSpec } from "./graph";
import { type Node, producedWatermarkMs } from "./node";
import type { Limits } from "./options";
import type { Outlet } from "./outlet";
import { ParkedElements } from "./parked-elements";
import type { PooledProcessor, ProcessorPool } from "./processor-pool";
import { type LiveRestriction, Restrictions } from "./restrictions";
import type { Scheduler } from "./scheduler";
import type { SideInputNode } from "./side-input-node";

interface Bundle {
  /** Minimum timestamp of the bundle's elements; Infinity for a restriction, which holds by its own watermark. */
  holdMs: number;
  /** True while the bundle may take more elements. */
  open: boolean;
}

export class StageNode implements Node {
  readonly producers: Node[] = [];
  inputWatermarkMs = MIN_TIMESTAMP_MS;
  outputWatermarkMs = MIN_TIMESTAMP_MS;
  /** Whether elements that wait for side inputs can make the stage full; parking-bounds.ts decides. */
  boundsParked = false;
  private readonly queue: ElementQueue;
  private readonly parked = new ParkedElements();
  private readonly restrictions = new Restrictions();
  private readonly active = new Set<Bundle>();
  private readonly slots: number;
  private outlet!: Outlet;
  private pool!: ProcessorPool;
  private sideInputsChanged = false;
  private signal: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(
    readonly spec: StageSpec,
    readonly sideInputs: readonly SideInputNode[],
    private readonly limits: Limits,
    private readonly scheduler: Scheduler,
  ) {
    this.queue = elementQueue(scheduler.random);
    this.slots = spec.splittable ? limits.maxConcurrentRestrictionsPerStage : limits.maxConcurrentBundlesPerStage;
  }

  get name(): string {
    return this.spec.name;
  }

  get queued(): number {
    return this.queue.size + this.parked.size;
  }

  get bundles(): number {
    return this.active.size;
  }

  get sleepingRestrictions(): number {
    return this.restrictions.size - (this.spec.splittable ? this.active.size : 0);
  }

  connect(outlet: Outlet, pool: ProcessorPool): void {
    this.outlet = outlet;
    this.pool = pool;
  }

  offer(element: WindowedValue<unknown>): void {
    if (this.sideInputs.length === 0) {
      this.enqueue(element);
      return;
    }
    for (const window of element.windows) {
      const inWindow = element.windows.length === 1 ? element : { ...element, windows: [window] };
      if (this.isReady(window)) this.enqueue(inWindow);
      else this.parked.add(inWindow);
    }
  }

  hasRoom(): boolean {
    return this.isBelowLimits(this.queue) && (!this.boundsParked || this.isBelowLimits(this.parked));
  }

  onSideInput(): void {
    this.sideInputsChanged = true;
    this.scheduler.wake();
  }

  updateWatermarks(): void {
    if (this.sideInputsChanged) {
      this.sideInputsChanged = false;
      this.parked.release(
        (window) => this.isReady(window),
        (element) => this.enqueue(element),
      );
    }
    let inputMs = Math.min(
      producedWatermarkMs(this.producers),
      this.queue.minTimestampMs(),
      this.parked.minTimestampMs(),
    );
    for (const { holdMs } of this.active) if (holdMs < inputMs) inputMs = holdMs;
    this.inputWatermarkMs = Math.max(this.inputWatermarkMs, inputMs);
    const outputMs = Math.min(this.inputWatermarkMs, this.restrictions.holdMs());
    this.outputWatermarkMs = Math.max(this.outputWatermarkMs, outputMs);
    for (const sideInput of this.sideInputs) sideInput.forgetBefore(this.inputWatermarkMs);
  }

  runOnce(): boolean {
    if (this.active.size >= this.slots || !this.outlet.hasRoom()) return false;
    if (this.spec.splittable) return this.runRestriction();
    if (this.queue.size === 0) return false;
    void this.run({ holdMs: Infinity, open: true }, (pooled, bundle) => this.feed(pooled, bundle));
    return true;
  }

  isBusy(): boolean {
    return this.queued > 0 || this.active.size > 0 || this.restrictions.size > 0;
  }

  isInFlight(): boolean {
    return this.active.size > 0;
  }

  nextWakeMs(): number {
    return this.active.size < this.slots && this.outlet.hasRoom() ? this.restrictions.nextDueMs() : Infinity;
  }

  /** Ends the reading: the rest of all restrictions, started or not, is dropped. */
  drain(): void {
    if (!this.spec.splittable) return;
    this.pool.requestCheckpoints();
    this.queue.clear();
    this.restrictions.dropSleeping();
  }

  private isBelowLimits({ size, bytes }: ElementQueue | ParkedElements): boolean {
    return size < this.limits.maxQueuedElements && bytes < this.limits.maxQueuedBytes;
  }

  private enqueue(element: WindowedValue<unknown>): void {
    if (this.spec.splittable && this.scheduler.draining) return;
    this.queue.push(element);
    this.notify();
    this.scheduler.wake();
  }

  private isReady(window: IntervalWindow): boolean {
    return this.sideInputs.every((sideInput) => sideInput.isReady(window));
  }

  private runRestriction(): boolean {
    const fresh = this.queue.take();
    if (fresh !== undefined) {
      const bundle = { holdMs: fresh.timestampMs, open: false };
      void this.run(bundle, ({ processor }) => processor.process(this.spec.inputId, fresh));
      return true;
    }
    const restriction = this.restrictions.takeDue(this.scheduler.nowMs());
    if (restriction === undefined) return false;
    const bundle = { holdMs: Infinity, open: false };
    void this.run(bundle, ({ processor }) => processor.process(this.spec.inputId, restriction.element), restriction);
    return true;
  }

  /** Runs a bundle. It never rejects: a failure ends the run. */
  private async run(
    bundle: Bundle,
    feed: (pooled: PooledProcessor, bundle: Bundle) => Promise<void> | void,
    restriction?: LiveRestriction,
  ): Promise<void> {
    this.active.add(bundle);
    try {
      const pooled = await this.pool.acquire();
      this.scheduler.check();
      pooled.processor.start();
      // A drain may have started while the processor was being set up.
      if (this.scheduler.draining && this.spec.splittable) pooled.processor.requestCheckpoint();
      await feed(pooled, bundle);
      bundle.open = false;
      const { residuals, metrics } = await pooled.processor.finish();
      this.scheduler.check();
      this.scheduler.metrics.add(metrics);
      residuals.forEach((residual) => this.keep(residual));
      this.pool.release(pooled);
    } catch (error) {
      this.scheduler.fail(this.name, error);
    } finally {
      if (restriction !== undefined) this.restrictions.remove(restriction);
      this.active.delete(bundle);
      this.notify();
      this.scheduler.wake();
    }
  }

  private async feed({ processor }: PooledProcessor, bundle: Bundle): Promise<void> {
    const startMs = performance.now();
    const { random } = this.scheduler;
    const maxElements = random === undefined ? this.limits.maxBundleElements : 1 + random.below(8);
    const maxBundleMs = random === undefined ? this.limits.maxBundleMs : Infinity;
    for (let count = 0; ;) {
      const isFull = count >= maxElements || performance.now() - startMs >= maxBundleMs;
      if (isFull && !this.mustStayOpen()) return;
      // Taking an element may make room. A turn of the scheduler releases the producers that wait for it; without
      // `wake` they would wait for the end of this bundle, which may take long.
      if (!this.hasRoom()) this.scheduler.wake();
      const element = this.queue.take();
      if (element === undefined) {
        if (!this.mustStayOpen()) return;
        await this.nextSignal();
      } else {
        count += 1;
        if (element.timestampMs < bundle.holdMs) bundle.holdMs = element.timestampMs;
        const processed = processor.process(this.spec.inputId, element);
        if (processed !== undefined) await processed;
        else if (this.scheduler.isSliceOver()) await this.scheduler.nextTurn();
      }
      this.scheduler.check();
    }
  }

  private mustStayOpen(): boolean {
    if (!this.spec.asynchronous || this.slots === 1 || this.active.size < this.slots) return false;
    let open = 0;
    for (const bundle of this.active) if (bundle.open) open += 1;
    return open === 1;
  }

  private keep(residual: Residual): void {
    if (!this.scheduler.draining) this.restrictions.add(residual, this.scheduler.nowMs());
  }

  /** Resolves when an element was added or a bundle ended. */
  private nextSignal(): Promise<void> {
    if (this.signal === undefined) {
      let resolve!: () => void;
      const promise = new Promise<void>((done) => (resolve = done));
      this.signal = { promise, resolve };
    }
    return this.signal.promise;
  }

  notify(): void {
    this.signal?.resolve();
    this.signal = undefined;
  }
}
