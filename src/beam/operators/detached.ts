/**
 * Runs `detached`: KV<KV<element, KV<ticket, watermark>>, size> → the outputs of all that follows it in its stage.
 *
 * 1. An element without a way begins one; the bundle does not wait for it. At the bundle's end an element whose way has
 *    ended gives its outputs, and every other one is a residual with its ticket.
 * 2. A ticket of another process, or one that was forgotten, begins a new way: what was done is done again.
 * 3. An element that the runner kept under a number leaves a last residual with a negative delay: see `Residual`.
 * 4. When no place is free a bundle waits, up to `PATIENCE_MS`; then elements go back as they came.
 */
import { Detached } from "../authoring/detached";
import { DETACHED_DO_FN_URN } from "../authoring/urns";
import { runnerApi, type TransformProto } from "../sdk";
import type { WindowedValue } from "../values";
import type { Operator, Processed, StageEnvironment } from "./contract";
import { type Outcome, type Way, type WayBuilder, Ways } from "./detached-way";
import { deserializeDoFn, parDoPayload } from "./outputs";
import { isKept, type SizedElementAndRestriction, withValue } from "./splittable-element";
import { SDF_PROCESS_URN } from "./urns";
import { Waits } from "./waits";

/** A ticket that is none: nothing has begun. */
const PARKED = "parked";
/** Well below any checkpoint's time-out, long enough to slow down who sends too much. */
const PATIENCE_MS = 2_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 1_000;

interface Visit {
  readonly element: WindowedValue<unknown>;
  way: Way | undefined;
}

export function isDetached(transform: TransformProto): boolean {
  return transform.spec?.urn === SDF_PROCESS_URN && parDoPayload(transform).doFn?.urn === DETACHED_DO_FN_URN;
}

export class DetachedOperator implements Operator {
  private readonly ways: Ways;
  private visits: Visit[] = [];
  private patienceEndsMs = 0;

  constructor(
    private readonly transformId: string,
    transform: TransformProto,
    private readonly environment: StageEnvironment,
    build: WayBuilder,
  ) {
    const { fn } = deserializeDoFn<{ fn: unknown }>(transform);
    // A value and not only a type: a worker must know the tickets' coder.
    if (!(fn instanceof Detached)) throw new Error("The transform is not what detached() makes.");
    const { maxElements } = fn;
    this.ways = environment.scope.get(`detached:${transformId}`, () => new Ways(build, maxElements));
  }

  setup(): void {
    this.ways.acquire();
  }

  teardown(): Promise<void> {
    return this.ways.release();
  }

  start(): void {
    this.visits = [];
    this.patienceEndsMs = performance.now() + PATIENCE_MS;
  }

  process(element: WindowedValue<unknown>): Processed {
    if (element.windows.length === 1) return this.visit(element);
    const waits = new Waits();
    for (const window of element.windows) waits.add(this.visit({ ...element, windows: [window] }));
    return waits.take();
  }

  /** A runner keeps a residual for each window of its own. */
  private visit(element: WindowedValue<unknown>): Processed {
    const ticket = (element.value as SizedElementAndRestriction).key.value.key as string;
    const visit: Visit = { element, way: this.ways.find(ticket) };
    this.visits.push(visit);
    return visit.way === undefined ? this.begin(visit) : undefined;
  }

  async finish(): Promise<void> {
    await this.untilDue();
    const { visits } = this;
    this.visits = [];
    for (const visit of visits) {
      const outcome = visit.way?.outcome;
      if (outcome === undefined) this.returnLater(visit);
      else await this.deliver(visit, outcome);
    }
  }

  private begin(visit: Visit): Processed {
    if (this.ways.hasRoom) {
      const { key } = visit.element.value as SizedElementAndRestriction;
      visit.way = this.ways.start(withValue(visit.element, key.key));
      return undefined;
    }
    const leftMs = this.patienceEndsMs - performance.now();
    if (leftMs <= 0) return undefined;
    return this.ways.room(leftMs).then(() => this.begin(visit));
  }

  /**
   * A runner that is about to end does not wait as it was asked to; the bundle does it then, and lets elements that found
   * no place begin as places get free.
   */
  private async untilDue(): Promise<void> {
    const open = (): Way[] =>
      this.visits.flatMap(({ way }) => (way !== undefined && way.outcome === undefined ? [way] : []));
    const dueMs = Math.max(0, ...open().map((way) => way.dueMs));
    for (;;) {
      const leftMs = dueMs - performance.now();
      const running = open();
      if (leftMs < 1 || running.length === 0) return;
      const parked = this.visits.find(({ way }) => way === undefined);
      if (parked !== undefined && this.ways.hasRoom) void this.begin(parked);
      else if (parked !== undefined) await this.ways.room(leftMs);
      else await firstOf(Promise.all(running.map(({ ended }) => ended)), leftMs);
    }
  }

  private async deliver({ element, way }: Visit, outcome: Outcome): Promise<void> {
    if (way !== undefined) this.ways.forget(way);
    if (!outcome.ok) throw outcome.error;
    this.environment.addMetrics(outcome.metrics);
    const waits = new Waits();
    for (const output of outcome.outputs) {
      waits.add(this.environment.receiverOf(output.pcollectionId).receive(output.element));
    }
    await waits.take();
    if (isKept(element)) this.giveBack(element, way?.ticket ?? PARKED, -1);
  }

  private returnLater({ element, way }: Visit): void {
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (way?.visits ?? 0), MAX_DELAY_MS);
    if (way !== undefined) {
      way.visits++;
      way.dueMs = performance.now() + delayMs;
    }
    this.giveBack(element, way?.ticket ?? PARKED, delayMs);
  }

  private giveBack(element: WindowedValue<unknown>, ticket: string, delayMs: number): void {
    const { key, value: size } = element.value as SizedElementAndRestriction;
    const watermarkMs = key.value.value;
    const value: SizedElementAndRestriction = {
      key: { key: key.key, value: { key: ticket, value: watermarkMs } },
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
