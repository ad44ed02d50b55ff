/**
 * An `asyncBoundary` among the nodes, with what follows it: its queue and its elements in flight.
 *
 * 1. Each element in flight has a processor of what follows for itself, so it can begin anew alone; its outputs leave
 *    together, when it completes.
 * 2. The capacity is the boundary's own. None begins while there is no room downstream.
 * 3. Elements hold the input watermark, queued and in flight, until their outputs have left.
 */
import { bytesOf, InFlightElements, type Outcome } from "../operators/async-boundary-in-flight";
import type { Capacity } from "../authoring/async-boundary";
import type { ProcessorBuilder } from "../operators/async-boundary-processors";
import { MIN_TIMESTAMP_MS, type WindowedValue } from "../values";
import { type ElementQueue, elementQueue } from "./element-queue";
import type { BoundarySpec } from "./graph";
import { type Node, producedWatermarkMs } from "./node";
import type { Limits } from "./options";
import type { Outlet } from "./outlet";
import type { Scheduler } from "./scheduler";

export class BoundaryNode implements Node {
  readonly producers: Node[] = [];
  inputWatermarkMs = MIN_TIMESTAMP_MS;
  private readonly queue: ElementQueue;
  private readonly holdsMs = new Map<object, number>();
  private outlet!: Outlet;
  private inFlight!: InFlightElements;

  constructor(
    readonly spec: BoundarySpec,
    private readonly limits: Limits,
    private readonly scheduler: Scheduler,
  ) {
    this.queue = elementQueue(scheduler.random);
  }

  get name(): string {
    return this.spec.name;
  }

  get outputWatermarkMs(): number {
    return this.inputWatermarkMs;
  }

  get queued(): number {
    return this.queue.size;
  }

  get bundles(): number {
    return this.holdsMs.size;
  }

  connect(outlet: Outlet, build: ProcessorBuilder, capacity: Capacity): void {
    this.outlet = outlet;
    this.inFlight = new InFlightElements(build, capacity);
    this.inFlight.acquire();
  }

  /** An element in several windows is in flight once for each. */
  offer(element: WindowedValue<unknown>): void {
    for (const window of element.windows) {
      this.queue.push(element.windows.length === 1 ? element : { ...element, windows: [window] });
    }
    this.scheduler.wake();
  }

  hasRoom(): boolean {
    const { maxQueuedElements, maxQueuedBytes } = this.limits;
    return this.queue.size < maxQueuedElements && this.queue.bytes < maxQueuedBytes;
  }

  updateWatermarks(): void {
    let inputMs = Math.min(producedWatermarkMs(this.producers), this.queue.minTimestampMs());
    for (const holdMs of this.holdsMs.values()) if (holdMs < inputMs) inputMs = holdMs;
    this.inputWatermarkMs = Math.max(this.inputWatermarkMs, inputMs);
  }

  runOnce(): boolean {
    if (this.queue.size === 0 || !this.inFlight.mayBegin() || !this.outlet.hasRoom()) return false;
    const element = this.queue.take()!;
    const started = this.inFlight.start(element, bytesOf(element));
    this.holdsMs.set(started, element.timestampMs);
    void started.completed.then(() => {
      this.inFlight.forget(started);
      try {
        this.deliver(started.outcome!, started.restarts);
      } catch (error) {
        this.scheduler.fail(this.name, error);
      }
      this.holdsMs.delete(started);
      this.scheduler.wake();
    });
    return true;
  }

  isBusy(): boolean {
    return this.queue.size > 0 || this.holdsMs.size > 0;
  }

  isInFlight(): boolean {
    return this.holdsMs.size > 0;
  }

  nextWakeMs(): number {
    return Infinity;
  }

  /** Ends what is in flight. */
  close(): Promise<void> {
    return this.inFlight.leave();
  }

  private deliver(outcome: Outcome, restarts: number): void {
    this.scheduler.check();
    if (!outcome.ok) throw outcome.error;
    const { id } = this.spec;
    const own = { transformId: id, name: "restarts", kind: "counter", value: restarts } as const;
    this.scheduler.metrics.add([own, ...outcome.figures.metrics]);
    for (const { pcollectionId, element } of outcome.outputs) this.outlet.send(pcollectionId, element);
  }
}
