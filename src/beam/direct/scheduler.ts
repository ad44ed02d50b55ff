/**
 * Decides which work runs when, in one thread.
 *
 * 1. Work happens in turns. A turn is a macrotask that does pieces of work until its time slice is over, so that I/O
 *    goes on. No turn is scheduled while nothing can run.
 * 2. Nodes nearer to the end of the pipeline come first: started work is finished before more is read.
 * 3. The run ends exactly once: finished, failed or cancelled. After that no piece of work starts, and no timer is
 *    left. Elements that user code still emits are refused by an error, which unwinds that code.
 * 4. A pipeline that can neither go on nor end is a bug. The run fails with an error that says so.
 */
import { type Deferred, quietDeferred } from "../deferred";
import { BeamError } from "../error";
import { type AuthorText, stageError } from "../failure/stage-error";
import { MetricsAggregator } from "../metrics/aggregator";
import { isFinished, type Node } from "./node";
import type { Outlet, Pace } from "./outlet";
import { type Random, shuffle } from "./random";
import { RunEnded } from "./run-ended";

/** Long enough that a macrotask per turn costs little, short enough that answers from the network do not wait. */
const SLICE_MS = 10;

export type Ending = { readonly kind: "done" } | { readonly kind: "failed"; readonly error: BeamError };

export class Scheduler implements Pace {
  readonly metrics = new MetricsAggregator();
  draining = false;
  private ended = false;
  private nodes: readonly Node[] = [];
  private order: Node[] = [];
  private onEnd: (ending: Ending) => void = () => undefined;
  private readonly waitingForRoom = new Map<Outlet, Deferred<void>>();
  private waitingForTurn: Deferred<void> | undefined;
  private scheduled: NodeJS.Immediate | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sliceStartedMs = performance.now();

  constructor(
    private readonly authorText: AuthorText,
    readonly random: Random | undefined,
  ) {}

  /** `nodes` must have producers before consumers. */
  start(nodes: readonly Node[], onEnd: (ending: Ending) => void): void {
    this.nodes = nodes;
    this.order = [...nodes].reverse();
    this.onEnd = onEnd;
    this.wake();
  }

  nowMs(): number {
    return performance.timeOrigin + performance.now();
  }

  wake(): void {
    if (this.ended || this.scheduled !== undefined) return;
    this.scheduled = setImmediate(() => this.turn());
  }

  /** With a seed, randomness replaces the clock, so that a run can be repeated. */
  isSliceOver(): boolean {
    if (this.random !== undefined) return this.random.below(64) === 0;
    return performance.now() - this.sliceStartedMs >= SLICE_MS;
  }

  /** Yields the thread to all other work. */
  nextTurn(): Promise<void> {
    this.waitingForTurn ??= quietDeferred();
    this.wake();
    return this.waitingForTurn.promise;
  }

  check(): void {
    if (this.ended) throw new RunEnded();
  }

  pause(outlet: Outlet): Promise<void> | undefined {
    if (outlet.hasRoom()) return this.isSliceOver() ? this.nextTurn() : undefined;
    let wait = this.waitingForRoom.get(outlet);
    if (wait === undefined) {
      wait = quietDeferred();
      this.waitingForRoom.set(outlet, wait);
    }
    this.wake();
    return wait.promise;
  }

  /** Ends the run. `error` is whatever the stage threw. */
  fail(stageName: string, error: unknown): void {
    if (this.ended) return;
    this.end({ kind: "failed", error: stageError(stageName, error, this.authorText) });
  }

  end(ending: Ending): void {
    if (this.ended) return;
    this.ended = true;
    clearImmediate(this.scheduled);
    clearTimeout(this.timer);
    const ended = new RunEnded();
    for (const wait of this.waitingForRoom.values()) wait.reject(ended);
    this.waitingForRoom.clear();
    this.waitingForTurn?.reject(ended);
    this.onEnd(ending);
  }

  private turn(): void {
    this.scheduled = undefined;
    this.sliceStartedMs = performance.now();
    const turn = this.waitingForTurn;
    this.waitingForTurn = undefined;
    turn?.resolve();
    try {
      this.work();
    } catch (error) {
      this.fail("scheduler", error);
    }
  }

  private work(): void {
    if (this.random !== undefined) shuffle(this.order, this.random);
    let mayGoOn: boolean;
    let isSliceOver = false;
    do {
      mayGoOn = false;
      this.updateWatermarks();
      for (const node of this.order) {
        const ran = node.runOnce();
        if (this.ended) return;
        // Evaluated once: if the slice ended between two evaluations, the loop would conclude that no work is left.
        isSliceOver = this.isSliceOver();
        if (ran || isSliceOver) mayGoOn = true;
        if (isSliceOver) break;
      }
    } while (mayGoOn && !isSliceOver);
    this.updateWatermarks();
    this.releaseWaiting();
    if (mayGoOn) this.wake();
    else if (this.nodes.every(isFinished)) this.end({ kind: "done" });
    else this.sleep();
  }

  private updateWatermarks(): void {
    for (const node of this.nodes) node.updateWatermarks();
  }

  private releaseWaiting(): void {
    for (const [outlet, wait] of this.waitingForRoom) {
      if (!outlet.hasRoom()) continue;
      this.waitingForRoom.delete(outlet);
      wait.resolve();
    }
  }

  private sleep(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.scheduled !== undefined) return;
    const wakeMs = this.nodes.reduce((least, node) => Math.min(least, node.nextWakeMs()), Infinity);
    if (wakeMs < Infinity) {
      const delayMs = Math.min(Math.max(0, Math.ceil(wakeMs - this.nowMs())), 2 ** 31 - 1);
      this.timer = setTimeout(() => this.wake(), delayMs);
    } else if (!this.nodes.some((node) => node.isInFlight())) {
      const stuck = this.nodes.find((node) => !isFinished(node));
      this.fail(stuck?.name ?? "", new BeamError("PIPELINE", `The stage "${stuck?.name}" can neither go on nor end.`));
    }
  }
}
