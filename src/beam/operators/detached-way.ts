/**
 * Elements on their way through the stages behind `detached`, over all bundles of a process.
 *
 * 1. Each element has the operators behind it for itself, as a bundle of one, for as long as its way takes.
 * 2. At most `maxElements` ways are unfinished. Their elements, and what has come out of the others and waits until a
 *    bundle collects it, take at most `maxBytes` by a rough count: so much that one more way goes beyond it begins only
 *    when no other is unfinished. What waits in bundles for a place takes half as much again.
 * 3. What nobody collected within `KEPT_MS` is forgotten, and where bytes are short within `OVERDUE_MS` after it was due:
 *    its element was restored elsewhere.
 * 4. When the last operator that uses it is torn down, so are its ways: nobody is left to collect them.
 */
import { randomUUID } from "node:crypto";
import type { WindowedValue } from "../values";
import type { Figures } from "./contract";
import { type Lane, type LaneBuilder, Lanes, type Output } from "./detached-lanes";
import { roughBytes } from "./rough-bytes";

const KEPT_MS = 300_000;
const OVERDUE_MS = 30_000;
/** After how long a bundle comes for an element: when nothing is known of its way; at least; and at most, since outputs are wanted soon. */
const FIRST_DELAY_MS = 100;
const MIN_DELAY_MS = 10;
const MAX_DELAY_MS = 1_000;
/** The share of ways that have ended when a bundle first comes for them, and how fast the estimate follows. */
const ENDED_SHARE = 0.9;
const ESTIMATE_STEP = 0.1;
/** A way's own objects. */
const OVERHEAD_BYTES = 1_000;

export interface WayLimits {
  readonly maxElements: number;
  readonly maxBytes: number;
}

export type Outcome =
  | { readonly ok: true; readonly outputs: readonly Output[]; readonly figures: Figures }
  | { readonly ok: false; readonly error: unknown };

export class Way {
  outcome: Outcome | undefined;
  readonly startedMs = performance.now();
  endedMs = Infinity;
  /** How often a bundle came to collect and found nothing. */
  visits = 0;
  /** When the runner was asked to come again. */
  dueMs = 0;
  /** Of the element, later of the outcome; counted in `Ways`. */
  bytes = 0;
  ended: Promise<void> = Promise.resolve();

  constructor(readonly ticket: string) {}
}

export class Ways {
  private readonly process = randomUUID();
  private readonly ways = new Map<string, Way>();
  private readonly lanes: Lanes;
  private waiting: (() => void)[] = [];
  private unfinished = 0;
  private bytes = 0;
  private heldBytes = 0;
  private started = 0;
  private users = 0;
  /** Within it, `ENDED_SHARE` of the ways end. */
  private durationMs: number | undefined;

  constructor(
    build: LaneBuilder,
    private readonly limits: WayLimits,
  ) {
    const count = (): number => this.unfinished;
    const siblings = {
      get count(): number {
        return count();
      },
    };
    this.lanes = new Lanes((sink) => build(sink, siblings));
  }

  /** For tests and figures. */
  get load(): { readonly unfinished: number; readonly bytes: number; readonly heldBytes: number } {
    return { unfinished: this.unfinished, bytes: this.bytes, heldBytes: this.heldBytes };
  }

  find(ticket: string): Way | undefined {
    return this.ways.get(ticket);
  }

  hasRoom(bytes: number): boolean {
    if (this.unfinished === 0) return true;
    return this.unfinished < this.limits.maxElements && this.bytes + bytes <= this.limits.maxBytes;
  }

  /** Counts an element that waits in a bundle for a place; false when too many bytes do already. */
  hold(bytes: number): boolean {
    if (this.heldBytes > 0 && this.heldBytes + bytes > this.limits.maxBytes / 2) return false;
    this.heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.heldBytes -= bytes;
  }

  start(element: WindowedValue<unknown>, bytes: number): Way {
    this.forgetOld();
    const way = new Way(`${this.process}/${this.started++}`);
    this.ways.set(way.ticket, way);
    this.unfinished++;
    this.count(way, bytes);
    way.ended = this.run(element).then((outcome) => {
      way.outcome = outcome;
      way.endedMs = performance.now();
      this.estimate(way.endedMs - way.startedMs);
      this.unfinished--;
      this.count(way, this.ways.has(way.ticket) ? bytesOf(outcome) : 0);
      this.wakeOne();
    });
    return way;
  }

  /** An ended one. */
  forget(way: Way): void {
    if (!this.ways.delete(way.ticket)) return;
    this.count(way, 0);
    this.wakeOne();
  }

  /**
   * In how many milliseconds a bundle is to come for an element under way: at first when its way will probably have ended,
   * since each time costs the runner a bundle; then after longer each time.
   */
  visit(way: Way): number {
    const expectedMs = (this.durationMs ?? 0) - (performance.now() - way.startedMs);
    const delayMs =
      way.visits === 0 && expectedMs > 0 ? Math.max(expectedMs, MIN_DELAY_MS) : FIRST_DELAY_MS * 2 ** way.visits;
    way.visits++;
    const dueMs = Math.ceil(Math.min(delayMs, MAX_DELAY_MS));
    way.dueMs = performance.now() + dueMs;
    return dueMs;
  }

  /** Resolves when there may be room, or after `maxMs`. */
  room(maxMs: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((own) => own !== settle);
        resolve();
      }, maxMs);
      this.waiting.push(settle);
    });
  }

  acquire(): void {
    this.users++;
    this.lanes.open();
  }

  async leave(): Promise<void> {
    if (--this.users > 0) return;
    for (const way of this.ways.values()) {
      if (way.outcome !== undefined) this.count(way, 0);
    }
    this.ways.clear();
    await this.lanes.close();
  }

  private async run(element: WindowedValue<unknown>): Promise<Outcome> {
    let lane: Lane | undefined;
    try {
      lane = await this.lanes.take();
      lane.stage.start();
      await lane.input.receive(element);
      const { metrics, elementCounts } = await lane.stage.finish();
      const outputs = lane.outputs.splice(0);
      this.lanes.giveBack(lane);
      return { ok: true, outputs, figures: { metrics, elementCounts } };
    } catch (error) {
      if (lane !== undefined) this.lanes.discard(lane);
      return { ok: false, error };
    }
  }

  /** A running quantile: up by much when a way took longer, down by little when it did not. */
  private estimate(tookMs: number): void {
    if (this.durationMs === undefined) this.durationMs = tookMs;
    else this.durationMs *= 1 + ESTIMATE_STEP * (tookMs > this.durationMs ? ENDED_SHARE : ENDED_SHARE - 1);
  }

  private count(way: Way, bytes: number): void {
    this.bytes += bytes - way.bytes;
    way.bytes = bytes;
  }

  private wakeOne(): void {
    this.waiting.shift()?.();
  }

  /** The oldest come first. */
  private forgetOld(): void {
    const nowMs = performance.now();
    for (const way of this.ways.values()) {
      const isOverdue = this.bytes > this.limits.maxBytes && way.dueMs > 0 && way.dueMs < nowMs - OVERDUE_MS;
      if (way.outcome === undefined) continue;
      if (way.endedMs >= nowMs - KEPT_MS && !isOverdue) return;
      this.forget(way);
    }
  }
}

/** Of an element, or of an outcome. */
export function bytesOf(kept: WindowedValue<unknown> | Outcome): number {
  return (
    OVERHEAD_BYTES +
    roughBytes("ok" in kept ? (kept.ok ? kept.outputs.map(({ element }) => element.value) : 0) : kept.value)
  );
}
