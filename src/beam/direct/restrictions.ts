/**
 * The residuals of splittable DoFns, until they run again.
 *
 * 1. A residual holds the output watermark at its `watermarkMs`, from the bundle that returned it to the end of the
 *    bundle that runs it. That bundle's own residuals are added before it is removed.
 * 2. A sleeping restriction is one heap entry. Nothing looks at it before its time.
 */
import type { Residual } from "../operators/contract";
import type { WindowedValue } from "../values";
import { MinHeap } from "./min-heap";

export interface LiveRestriction {
  readonly element: WindowedValue<unknown>;
  readonly watermarkMs: number;
}

export class Restrictions {
  private readonly live = new Set<LiveRestriction>();
  private readonly sleeping = new MinHeap<LiveRestriction>();

  get size(): number {
    return this.live.size;
  }

  add({ element, watermarkMs, delayMs }: Residual, nowMs: number): void {
    const restriction = { element, watermarkMs };
    this.live.add(restriction);
    this.sleeping.push(nowMs + delayMs, restriction);
  }

  /** Takes the restriction whose time came first, if it has come. It keeps holding the watermark until `remove`. */
  takeDue(nowMs: number): LiveRestriction | undefined {
    const top = this.sleeping.peek();
    if (top === undefined || top.timeMs > nowMs) return undefined;
    this.sleeping.pop();
    return top.item;
  }

  remove(restriction: LiveRestriction): void {
    this.live.delete(restriction);
  }

  nextDueMs(): number {
    return this.sleeping.peek()?.timeMs ?? Infinity;
  }

  /** Returns the minimum hold; Infinity without restrictions. */
  holdMs(): number {
    let least = Infinity;
    for (const { watermarkMs } of this.live) if (watermarkMs < least) least = watermarkMs;
    return least;
  }

  /** Drops the sleeping restrictions. */
  dropSleeping(): void {
    for (let top = this.sleeping.pop(); top !== undefined; top = this.sleeping.pop()) this.live.delete(top.item);
  }
}
