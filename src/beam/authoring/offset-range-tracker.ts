import { UsageError } from "../error";
import { compactCoder } from "./coder";
import type { RestrictionTracker } from "./splittable-do-fn";

/** The whole numbers from `from` up to, but not including, `to`. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

/** Encodes whole numbers up to 2^53. */
export const offsetRangeCoder = compactCoder<OffsetRange>("beam-streaming:coder:offset_range", 1, {
  write: ({ from, to }, writer) => writer.int64(from).int64(to),
  read: (reader) => ({ from: Number(reader.int64()), to: Number(reader.int64()) }),
});

/**
 * Tracks a bounded range of positions, which must be claimed in rising order.
 *
 * 1. `range.from` never changes. Only `range.to` shrinks, by splits.
 * 2. Claimed positions stay below `range.to` for ever: a split takes only positions behind the last claimed one.
 * 3. A position at or behind `range.to` is refused. A refusal means that the range is done.
 */
export class OffsetRangeTracker implements RestrictionTracker<OffsetRange, number> {
  private lastClaimed: number | undefined;
  private lastAttempted: number | undefined;

  constructor(private range: OffsetRange) {
    if (!(range.from <= range.to)) throw new UsageError(`No offset range goes from ${range.from} to ${range.to}.`);
  }

  currentRestriction(): OffsetRange {
    return this.range;
  }

  tryClaim(position: number): boolean {
    if (this.lastAttempted !== undefined && position <= this.lastAttempted) {
      throw new UsageError(`Position ${position} was claimed after ${this.lastAttempted}: claims must rise.`);
    }
    if (position < this.range.from) {
      throw new UsageError(`Position ${position} lies before the range's start, ${this.range.from}.`);
    }
    this.lastAttempted = position;
    if (position >= this.range.to) return false;
    this.lastClaimed = position;
    return true;
  }

  trySplit(fractionOfRemainder: number): { primary: OffsetRange; residual: OffsetRange } | undefined {
    const { from, to } = this.range;
    if (this.lastAttempted !== undefined && this.lastAttempted >= to) return undefined;
    const next = this.next();
    const at = next + Math.max(0, Math.floor((to - next) * fractionOfRemainder));
    if (at >= to) return undefined;
    this.range = { from, to: at };
    return { primary: this.range, residual: { from: at, to } };
  }

  checkDone(): void {
    const done = this.lastAttempted !== undefined && this.lastAttempted >= this.range.to - 1;
    if (done || this.range.from >= this.range.to) return;
    throw new UsageError(`Positions from ${this.next()} to ${this.range.to} were never claimed: data would be lost.`);
  }

  progress(): { completed: number; remaining: number } {
    const next = this.next();
    return { completed: next - this.range.from, remaining: Math.max(0, this.range.to - next) };
  }

  private next(): number {
    return this.lastClaimed === undefined ? this.range.from : this.lastClaimed + 1;
  }
}
