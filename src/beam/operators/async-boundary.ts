/**
 * Runs `asyncBoundary`: KV<KV<element, KV<resume token, watermark>>, size> → the outputs of what follows it in its stage.
 *
 * 1. An element that is not in flight begins; the bundle does not wait for it. At the bundle's end a completed element
 *    gives its outputs, and every other one is a residual with its resume token.
 * 2. An element whose token belongs to another process, or was forgotten, begins anew: what was done is done again.
 * 3. An element that the runner kept under a number leaves a last residual with a negative delay: see `Residual`.
 * 4. An element that finds no capacity is queued in its bundle, those first that were deferred before. The bundle waits with
 *    it, up to `MAX_WAIT_MS`; then the element is deferred, for longer each time. Nothing is queued behind too many bytes:
 *    then the bundle takes nothing more until there is capacity.
 */
import { AsyncBoundary } from "../authoring/async-boundary";
import { ASYNC_BOUNDARY_DO_FN_URN } from "../authoring/urns";
import { runnerApi, type TransformProto } from "../sdk";
import type { WindowedValue } from "../values";
import type { Operator, Processed, StageEnvironment } from "./contract";
import type { ProcessorBuilder } from "./async-boundary-processors";
import { bytesOf, type Outcome, type InFlightElement, InFlightElements } from "./async-boundary-in-flight";
import { deserializeDoFn, parDoPayload } from "./outputs";
import { isKept, type SizedElementAndRestriction, withValue } from "./splittable-element";
import { SDF_PROCESS_URN } from "./urns";
import { Waits } from "./waits";

/** Prefix of the token of an element that has not begun; how often it was deferred follows. */
const DEFERRED = "deferred/";
/** Well below any checkpoint's time-out, long enough to slow down who sends too much. */
const MAX_WAIT_MS = 2_000;
/** Resume delay of a deferred element: longer each time. */
const MIN_DEFERRAL_DELAY_MS = 100;
const MAX_DEFERRAL_DELAY_MS = 2_000;

/** An element in the present bundle that has not begun. */
interface Queued {
  readonly element: WindowedValue<unknown>;
  /** How often it was handed back without having begun. */
  readonly deferrals: number;
  /** Counted in `InFlightElements` while it is in this bundle's queue. */
  bytes: number;
}

interface Poll {
  readonly element: WindowedValue<unknown>;
  readonly inFlight: InFlightElement;
}

export function isAsyncBoundary(transform: TransformProto): boolean {
  return transform.spec?.urn === SDF_PROCESS_URN && parDoPayload(transform).doFn?.urn === ASYNC_BOUNDARY_DO_FN_URN;
}

export class AsyncBoundaryOperator implements Operator {
  private readonly inFlight: InFlightElements;
  private polls: Poll[] = [];
  private queue: Queued[] = [];
  private waitEndsMs = 0;

  constructor(
    private readonly transformId: string,
    transform: TransformProto,
    private readonly environment: StageEnvironment,
    build: ProcessorBuilder,
  ) {
    const { fn } = deserializeDoFn<{ fn: unknown }>(transform);
    // A value and not only a type: a worker must know the coder of resume tokens.
    if (!(fn instanceof AsyncBoundary)) throw new Error("The transform is not what asyncBoundary() makes.");
    this.inFlight = environment.scope.get(`async-boundary:${transformId}`, () => new InFlightElements(build, fn));
  }

  setup(): void {
    this.inFlight.acquire();
  }

  teardown(): Promise<void> {
    this.forgetBundle();
    return this.inFlight.leave();
  }

  start(): void {
    this.waitEndsMs = performance.now() + MAX_WAIT_MS;
  }

  process(element: WindowedValue<unknown>): Processed {
    if (element.windows.length === 1) return this.processOne(element);
    const waits = new Waits();
    for (const window of element.windows) waits.add(this.processOne({ ...element, windows: [window] }));
    return waits.take();
  }

  async finish(): Promise<void> {
    await this.untilDue();
    for (const { element, inFlight } of this.polls) {
      this.handBack(element, inFlight.token, this.inFlight.resumeDelayMs(inFlight));
    }
    for (const { element, deferrals } of this.queue) {
      this.handBack(
        element,
        `${DEFERRED}${deferrals + 1}`,
        Math.min(MIN_DEFERRAL_DELAY_MS * 2 ** deferrals, MAX_DEFERRAL_DELAY_MS),
      );
    }
    this.forgetBundle();
  }

  /** A runner keeps a residual for each window of its own. */
  private processOne(element: WindowedValue<unknown>): Processed {
    const token = (element.value as SizedElementAndRestriction).key.value.key as string;
    const inFlight = this.inFlight.find(token);
    if (inFlight !== undefined) {
      this.polls.push({ element, inFlight });
      return undefined;
    }
    const deferrals = token.startsWith(DEFERRED) ? Number(token.slice(DEFERRED.length)) : 0;
    const queued: Queued = { element, deferrals, bytes: 0 };
    // A new element does not overtake those in the queue.
    const mayBegin = deferrals > 0 || this.queue.length === 0;
    if ((mayBegin && this.begin(queued)) || this.enqueue(queued)) return undefined;
    return this.untilQueued(queued);
  }

  /** False when there is no capacity. */
  private begin(queued: Queued): boolean {
    const { key } = queued.element.value as SizedElementAndRestriction;
    const element = withValue(queued.element, key.key);
    const bytes = bytesOf(element);
    if (!this.inFlight.hasCapacity(bytes)) return false;
    this.inFlight.dequeue(queued.bytes);
    queued.bytes = 0;
    this.polls.push({ element: queued.element, inFlight: this.inFlight.start(element, bytes) });
    return true;
  }

  /** False when too many bytes are queued already. */
  private enqueue(queued: Queued): boolean {
    const bytes = bytesOf(queued.element);
    if (!this.inFlight.enqueue(bytes)) return false;
    queued.bytes = bytes;
    this.queue.push(queued);
    return true;
  }

  private forgetBundle(): void {
    for (const { bytes } of this.queue) this.inFlight.dequeue(bytes);
    this.queue = [];
    this.polls = [];
  }

  /** Completed elements leave meanwhile, so that capacity is freed in the end. */
  private async untilQueued(queued: Queued): Promise<void> {
    for (;;) {
      await this.deliverCompleted();
      this.beginQueued();
      if ((this.queue.length === 0 && this.begin(queued)) || this.enqueue(queued)) return;
      await this.inFlight.capacityFreed(MAX_WAIT_MS);
    }
  }

  /** Those first that were deferred most often. */
  private beginQueued(): void {
    this.queue.sort((a, b) => b.deferrals - a.deferrals);
    const first = this.queue.findIndex((queued) => !this.begin(queued));
    this.queue = first < 0 ? [] : this.queue.slice(first);
  }

  /**
   * Resolves when all have begun, or after `MAX_WAIT_MS`. A runner that is about to end does not keep to resume delays,
   * either; the bundle does it then.
   */
  private async untilDue(): Promise<void> {
    for (;;) {
      await this.deliverCompleted();
      this.beginQueued();
      const isQueued = this.queue.length > 0;
      const open = this.polls.map(({ inFlight }) => inFlight).filter(({ outcome }) => outcome === undefined);
      const untilMs = Math.max(isQueued ? this.waitEndsMs : 0, ...open.map(({ resumeAtMs }) => resumeAtMs));
      const leftMs = untilMs - performance.now();
      if (leftMs < 1 || (!isQueued && open.length === 0)) return;
      if (isQueued) await this.inFlight.capacityFreed(leftMs);
      else await firstOf(Promise.all(open.map(({ completed }) => completed)), leftMs);
    }
  }

  private async deliverCompleted(): Promise<void> {
    const { polls } = this;
    this.polls = polls.filter(({ inFlight }) => inFlight.outcome === undefined);
    // Before anything is awaited: others may complete meanwhile.
    const completed = polls.flatMap(({ element, inFlight }) =>
      inFlight.outcome === undefined ? [] : [{ element, inFlight, outcome: inFlight.outcome }],
    );
    for (const { element, inFlight, outcome } of completed) await this.deliver(element, inFlight, outcome);
  }

  private async deliver(element: WindowedValue<unknown>, inFlight: InFlightElement, outcome: Outcome): Promise<void> {
    this.inFlight.forget(inFlight);
    if (!outcome.ok) throw outcome.error;
    this.environment.addFigures(outcome.figures);
    const waits = new Waits();
    for (const output of outcome.outputs) {
      waits.add(this.environment.receiverOf(output.pcollectionId).receive(output.element));
    }
    await waits.take();
    if (isKept(element)) this.handBack(element, inFlight.token, -1);
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
