import { Pace } from "./pace";
import type { ShardLimits } from "./settings";

/**
 * Spaces this process's requests to one shard evenly and one by one, because a burst of five followed by another five
 * falls into one second of the service's clock. An answer larger than its share is paid off afterwards, as the service
 * itself does it.
 */
export class ShardPace {
  private readonly calls: Pace;
  private readonly bytes: Pace;
  private readonly iterators: Pace;
  /** Least time between two calls at the shard's tip. */
  readonly tipPauseMs: number;

  constructor(limits: ShardLimits, nowMs: number) {
    this.calls = new Pace(limits.getRecordsPerS, 1, nowMs);
    this.bytes = new Pace(limits.bytesPerS, limits.bytesPerS, nowMs);
    this.iterators = new Pace(limits.getIteratorPerS, 1, nowMs);
    this.tipPauseMs = limits.tipGetRecordsPerS === undefined ? 0 : 1_000 / limits.tipGetRecordsPerS;
  }

  waitForRecordsMs(nowMs: number): number {
    return Math.max(this.calls.waitMs(1, nowMs), this.bytes.waitMs(0, nowMs));
  }

  waitForIteratorMs(nowMs: number): number {
    return this.iterators.waitMs(1, nowMs);
  }

  tookCall(nowMs: number): void {
    this.calls.take(1, nowMs);
  }

  tookBytes(bytes: number, nowMs: number): void {
    this.bytes.take(bytes, nowMs);
  }

  tookIterator(nowMs: number): void {
    this.iterators.take(1, nowMs);
  }
}
