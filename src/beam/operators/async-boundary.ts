/**
 * Runs `asyncBoundary`: KV<KV<element, KV<resume token, watermark>>, size> → the outputs of the transforms behind it in
 * its stage. The states of an element in a bundle are in async-boundary-states.ts.
 *
 * 1. A bundle waits for no call. It hands back the elements that it started, and whichever bundle polls for them
 *    collects the outputs.
 * 2. An element whose token belongs to another process, or was dropped, starts again; its work is repeated.
 * 3. Deferred elements start before new ones, the most often deferred first.
 * 4. An element that starts again because it asked for it is counted in `restarts`.
 * 5. An element that the runner stored under a number leaves a last residual with a negative delay: see `Residual`.
 */
// A worker must know the definition, and the coder of resume tokens, whatever modules its pipeline imports.
import "../authoring/async-boundary";
import type { Capacity } from "../authoring/async-boundary";
import type { Counter } from "../authoring/metrics";
import { ASYNC_BOUNDARY_DO_FN_URN } from "../authoring/urns";
import { runnerApi, type TransformProto } from "../sdk";
import { type WindowedValue, withValue } from "../values";
import { parDoPayload } from "../sdk/par-do";
import { bytesOf, type InFlightElement, InFlightElements } from "./async-boundary-in-flight";
import type { ProcessorBuilder } from "./async-boundary-processors";
import {
  deferral,
  deferralsOf,
  type Event,
  MAX_WAIT_MS,
  next,
  type State,
  waitBeforeEnd,
} from "./async-boundary-states";
import type { Operator, Processed, StageEnvironment } from "./contract";
import { DefinedTransform } from "./opening";
import { isKept, type SizedElementAndRestriction } from "./splittable-element";
import { SDF_PROCESS_URN } from "./urns";
import { Waits } from "./waits";

/** An element in the current bundle. */
class BundleElement {
  state: State;
  /** Bytes counted in `InFlightElements` while the element is queued. */
  queuedBytes = 0;

  constructor(
    readonly element: WindowedValue<unknown>,
    readonly deferrals: number,
    /** Undefined until the element has started. */
    public inFlight: InFlightElement | undefined,
  ) {
    this.state = inFlight === undefined ? "arrived" : "inFlight";
  }

  get resumeAtMs(): number {
    return this.inFlight?.resumeAtMs ?? 0;
  }

  to(event: Event): void {
    this.state = next(this.state, event);
  }
}

export function isAsyncBoundary(transform: TransformProto): boolean {
  return transform.spec?.urn === SDF_PROCESS_URN && parDoPayload(transform).doFn?.urn === ASYNC_BOUNDARY_DO_FN_URN;
}

export class AsyncBoundaryOperator implements Operator {
  private readonly inFlight: InFlightElements;
  private begun: BundleElement[] = [];
  private queue: BundleElement[] = [];
  private startedMs = 0;
  private readonly restarts: Counter;

  constructor(
    private readonly transformId: string,
    transform: TransformProto,
    private readonly environment: StageEnvironment,
    build: ProcessorBuilder,
  ) {
    const capacity = new DefinedTransform(transformId, transform, environment).settings as Capacity;
    this.restarts = environment.metricsOf(transformId).counter("restarts");
    this.inFlight = environment.scope.get(`async-boundary:${transformId}`, () => new InFlightElements(build, capacity));
  }

  setup(): void {
    this.inFlight.acquire();
  }

  teardown(): Promise<void> {
    this.forgetBundle();
    return this.inFlight.leave();
  }

  start(): void {
    this.startedMs = performance.now();
  }

  process(element: WindowedValue<unknown>): Processed {
    if (element.windows.length === 1) return this.processOne(element);
    const waits = new Waits();
    for (const window of element.windows) waits.add(this.processOne({ ...element, windows: [window] }));
    return waits.take();
  }

  async finish(): Promise<void> {
    await this.untilEnd();
    for (const each of [...this.begun, ...this.queue]) {
      each.to("bundleEnd");
      const { token, delayMs } = this.resumption(each);
      this.handBack(each.element, token, delayMs);
    }
    this.forgetBundle();
  }

  /** Returns token and delay of a residual. */
  private resumption({ deferrals, inFlight }: BundleElement): ReturnType<typeof deferral> {
    if (inFlight === undefined) return deferral(deferrals);
    return { token: inFlight.token, delayMs: this.inFlight.resumeDelayMs(inFlight) };
  }

  /** Processes an element in one window, since a runner stores a residual for each window. */
  private processOne(element: WindowedValue<unknown>): Processed {
    const token = (element.value as SizedElementAndRestriction).key.value.key as string;
    const each = new BundleElement(element, deferralsOf(token), this.inFlight.find(token));
    if (each.inFlight !== undefined) {
      this.begun.push(each);
      return undefined;
    }
    const mayBegin = each.deferrals > 0 || this.queue.length === 0;
    if ((mayBegin && this.begin(each)) || this.enqueue(each)) return undefined;
    return this.untilTaken(each);
  }

  /** Starts the element. Returns false when there is no capacity. */
  private begin(each: BundleElement): boolean {
    const { key } = each.element.value as SizedElementAndRestriction;
    const element = withValue(each.element, key.key);
    const bytes = bytesOf(element);
    if (!this.inFlight.hasCapacity(bytes)) return false;
    each.to("capacity");
    this.inFlight.dequeue(each.queuedBytes);
    each.queuedBytes = 0;
    each.inFlight = this.inFlight.start(element, bytes);
    this.begun.push(each);
    return true;
  }

  /** Queues the element. Returns false when too many bytes are queued already. */
  private enqueue(each: BundleElement): boolean {
    const bytes = bytesOf(each.element);
    if (!this.inFlight.enqueue(bytes)) return false;
    each.to("room");
    each.queuedBytes = bytes;
    this.queue.push(each);
    return true;
  }

  private forgetBundle(): void {
    for (const { queuedBytes } of this.queue) this.inFlight.dequeue(queuedBytes);
    this.queue = [];
    this.begun = [];
  }

  /**
   * Waits until the element has started or is queued. Meanwhile completed elements leave, so that capacity is freed in
   * the end.
   */
  private async untilTaken(each: BundleElement): Promise<void> {
    for (;;) {
      await this.deliverCompleted();
      this.beginQueued();
      if ((this.queue.length === 0 && this.begin(each)) || this.enqueue(each)) return;
      await this.inFlight.capacityFreed(MAX_WAIT_MS);
    }
  }

  private beginQueued(): void {
    this.queue.sort((a, b) => b.deferrals - a.deferrals);
    const first = this.queue.findIndex((each) => !this.begin(each));
    this.queue = first < 0 ? [] : this.queue.slice(first);
  }

  private async untilEnd(): Promise<void> {
    for (;;) {
      await this.deliverCompleted();
      this.beginQueued();
      const wait = waitBeforeEnd([...this.begun, ...this.queue], this.startedMs, performance.now());
      if (wait === undefined) return;
      const completed = this.begun.flatMap(({ inFlight }) => inFlight?.completed ?? []);
      if (wait.for === "capacity") await this.inFlight.capacityFreed(wait.maxMs);
      else await firstOf(Promise.all(completed), wait.maxMs);
    }
  }

  /** Delivers completed elements, also those that complete meanwhile. */
  private async deliverCompleted(): Promise<void> {
    for (;;) {
      const isCompleted = ({ inFlight }: BundleElement): boolean => inFlight?.outcome !== undefined;
      const completed = this.begun.filter(isCompleted);
      if (completed.length === 0) return;
      for (const each of completed) each.to("completion");
      this.begun = this.begun.filter(({ state }) => state !== "completed");
      for (const each of completed) await this.deliver(each);
    }
  }

  private async deliver(each: BundleElement): Promise<void> {
    const { element, inFlight } = each;
    if (inFlight?.outcome === undefined) return;
    const { outcome, token } = inFlight;
    this.inFlight.forget(inFlight);
    if (!outcome.ok) throw outcome.error;
    this.restarts.inc(inFlight.restarts);
    this.environment.addFigures(outcome.figures);
    const waits = new Waits();
    for (const output of outcome.outputs) {
      waits.add(this.environment.receiverOf(output.pcollectionId).receive(output.element));
    }
    await waits.take();
    each.to("delivery");
    if (isKept(element)) this.handBack(element, token, -1);
  }

  private handBack(element: WindowedValue<unknown>, token: string, delayMs: number): void {
    const { key, value: size } = element.value as SizedElementAndRestriction;
    const watermarkMs = key.value.value;
    const value: SizedElementAndRestriction = {
      key: { key: key.key, value: { key: token, value: watermarkMs } },
      value: size,
    };
    this.environment.onResidual({
      transformId: this.transformId,
      element: withValue(element, value),
      watermarkMs,
      delayMs,
      boundedness: runnerApi.IsBounded_Enum.BOUNDED,
    });
  }
}

/** Resolves with the promise, or after `maxMs`. */
async function firstOf(promise: Promise<unknown>, maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => (timer = setTimeout(resolve, maxMs)));
  await Promise.race([promise, tooLate]);
  clearTimeout(timer);
}
