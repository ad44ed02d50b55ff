/**
 * Runs `detached`: KV<KV<element, KV<ticket, watermark>>, size> → the outputs of all that follows it in its stage.
 *
 * 1. An element without a way begins one; the bundle does not wait for it. At the bundle's end an element whose way has
 *    ended gives its outputs, and every other one is a residual with its ticket.
 * 2. A ticket of another process, or one that was forgotten, begins a new way: what was done is done again.
 * 3. An element that the runner kept under a number leaves a last residual with a negative delay: see `Residual`.
 * 4. An element that finds no place waits in its bundle for one, those first that waited before. The bundle waits with it,
 *    up to `PATIENCE_MS`; then the element goes back as it came, for longer each time. Nothing waits behind too many
 *    bytes: then the bundle takes nothing more until there is a place.
 */
import { Detached } from "../authoring/detached";
import { DETACHED_DO_FN_URN } from "../authoring/urns";
import { runnerApi, type TransformProto } from "../sdk";
import type { WindowedValue } from "../values";
import type { Operator, Processed, StageEnvironment } from "./contract";
import type { LaneBuilder } from "./detached-lanes";
import { bytesOf, type Outcome, type Way, Ways } from "./detached-way";
import { deserializeDoFn, parDoPayload } from "./outputs";
import { isKept, type SizedElementAndRestriction, withValue } from "./splittable-element";
import { SDF_PROCESS_URN } from "./urns";
import { Waits } from "./waits";

/** Begins the ticket that is none: how often an element went back without a place follows. */
const PARKED = "parked/";
/** Well below any checkpoint's time-out, long enough to slow down who sends too much. */
const PATIENCE_MS = 2_000;
/** After how long an element comes back that found no place: longer each time. */
const FIRST_PARKED_DELAY_MS = 100;
const MAX_PARKED_DELAY_MS = 2_000;

/** An element in the present bundle that has no way. */
interface Waiting {
  readonly element: WindowedValue<unknown>;
  /** How often it went back without a place. */
  readonly parked: number;
  /** Counted in `Ways` while it waits in this bundle. */
  heldBytes: number;
}

interface Visit {
  readonly element: WindowedValue<unknown>;
  readonly way: Way;
}

export function isDetached(transform: TransformProto): boolean {
  return transform.spec?.urn === SDF_PROCESS_URN && parDoPayload(transform).doFn?.urn === DETACHED_DO_FN_URN;
}

export class DetachedOperator implements Operator {
  private readonly ways: Ways;
  private visits: Visit[] = [];
  private waiting: Waiting[] = [];
  private patienceEndsMs = 0;

  constructor(
    private readonly transformId: string,
    transform: TransformProto,
    private readonly environment: StageEnvironment,
    build: LaneBuilder,
  ) {
    const { fn } = deserializeDoFn<{ fn: unknown }>(transform);
    // A value and not only a type: a worker must know the tickets' coder.
    if (!(fn instanceof Detached)) throw new Error("The transform is not what detached() makes.");
    this.ways = environment.scope.get(`detached:${transformId}`, () => new Ways(build, fn));
  }

  setup(): void {
    this.ways.acquire();
  }

  teardown(): Promise<void> {
    this.forgetBundle();
    return this.ways.leave();
  }

  start(): void {
    this.patienceEndsMs = performance.now() + PATIENCE_MS;
  }

  process(element: WindowedValue<unknown>): Processed {
    if (element.windows.length === 1) return this.visit(element);
    const waits = new Waits();
    for (const window of element.windows) waits.add(this.visit({ ...element, windows: [window] }));
    return waits.take();
  }

  async finish(): Promise<void> {
    await this.untilDue();
    for (const { element, way } of this.visits) {
      this.giveBack(element, way.ticket, this.ways.visit(way));
    }
    for (const { element, parked } of this.waiting) {
      this.giveBack(
        element,
        `${PARKED}${parked + 1}`,
        Math.min(FIRST_PARKED_DELAY_MS * 2 ** parked, MAX_PARKED_DELAY_MS),
      );
    }
    this.forgetBundle();
  }

  /** A runner keeps a residual for each window of its own. */
  private visit(element: WindowedValue<unknown>): Processed {
    const ticket = (element.value as SizedElementAndRestriction).key.value.key as string;
    const way = this.ways.find(ticket);
    if (way !== undefined) {
      this.visits.push({ element, way });
      return undefined;
    }
    const parked = ticket.startsWith(PARKED) ? Number(ticket.slice(PARKED.length)) : 0;
    const waiting: Waiting = { element, parked, heldBytes: 0 };
    // Whoever is new does not overtake those that wait here already.
    const mayBegin = parked > 0 || this.waiting.length === 0;
    if ((mayBegin && this.begin(waiting)) || this.hold(waiting)) return undefined;
    return this.untilHeld(waiting);
  }

  /** False when there is no place. */
  private begin(waiting: Waiting): boolean {
    const { key } = waiting.element.value as SizedElementAndRestriction;
    const element = withValue(waiting.element, key.key);
    const bytes = bytesOf(element);
    if (!this.ways.hasRoom(bytes)) return false;
    this.ways.release(waiting.heldBytes);
    waiting.heldBytes = 0;
    this.visits.push({ element: waiting.element, way: this.ways.start(element, bytes) });
    return true;
  }

  /** False when too much is held already. */
  private hold(waiting: Waiting): boolean {
    const bytes = bytesOf(waiting.element);
    if (!this.ways.hold(bytes)) return false;
    waiting.heldBytes = bytes;
    this.waiting.push(waiting);
    return true;
  }

  private forgetBundle(): void {
    for (const { heldBytes } of this.waiting) this.ways.release(heldBytes);
    this.waiting = [];
    this.visits = [];
  }

  /** What has ended leaves meanwhile, so that there is a place in the end. */
  private async untilHeld(waiting: Waiting): Promise<void> {
    for (;;) {
      await this.deliverEnded();
      this.beginWaiting();
      if ((this.waiting.length === 0 && this.begin(waiting)) || this.hold(waiting)) return;
      await this.ways.room(PATIENCE_MS);
    }
  }

  /** Those first that waited longest. */
  private beginWaiting(): void {
    this.waiting.sort((a, b) => b.parked - a.parked);
    const first = this.waiting.findIndex((waiting) => !this.begin(waiting));
    this.waiting = first < 0 ? [] : this.waiting.slice(first);
  }

  /**
   * Until all have begun, or patience ends. A runner that is about to end does not wait as it was asked to, either; the
   * bundle does it then.
   */
  private async untilDue(): Promise<void> {
    for (;;) {
      await this.deliverEnded();
      this.beginWaiting();
      const waits = this.waiting.length > 0;
      const open = this.visits.map(({ way }) => way).filter(({ outcome }) => outcome === undefined);
      const untilMs = Math.max(waits ? this.patienceEndsMs : 0, ...open.map(({ dueMs }) => dueMs));
      const leftMs = untilMs - performance.now();
      if (leftMs < 1 || (!waits && open.length === 0)) return;
      if (waits) await this.ways.room(leftMs);
      else await firstOf(Promise.all(open.map(({ ended }) => ended)), leftMs);
    }
  }

  private async deliverEnded(): Promise<void> {
    const { visits } = this;
    this.visits = visits.filter(({ way }) => way.outcome === undefined);
    // Before anything is awaited: others may end meanwhile.
    const ended = visits.flatMap(({ element, way }) =>
      way.outcome === undefined ? [] : [{ element, way, outcome: way.outcome }],
    );
    for (const { element, way, outcome } of ended) await this.deliver(element, way, outcome);
  }

  private async deliver(element: WindowedValue<unknown>, way: Way, outcome: Outcome): Promise<void> {
    this.ways.forget(way);
    if (!outcome.ok) throw outcome.error;
    this.environment.addFigures(outcome.figures);
    const waits = new Waits();
    for (const output of outcome.outputs) {
      waits.add(this.environment.receiverOf(output.pcollectionId).receive(output.element));
    }
    await waits.take();
    if (isKept(element)) this.giveBack(element, way.ticket, -1);
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
