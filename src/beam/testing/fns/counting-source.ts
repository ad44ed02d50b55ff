import { OffsetRangeTracker, type OffsetRange } from "../../authoring/offset-range-tracker";
import { compactCoder } from "../../authoring/coder";
import {
  type ProcessContinuation,
  type RestrictionTracker,
  resume,
  type SplittableContext,
  type SplittableDoFn,
  stop,
} from "../../authoring/splittable-do-fn";
import { registerForSerialization } from "../../sdk";
import { MIN_TIMESTAMP_MS } from "../../values";

/** What a `CountingSource` counts: the positions from 0 up to `count`, emitted as `name:position` at that many milliseconds. */
export interface Count {
  readonly name: string;
  readonly count: number;
}

export interface Pace {
  /** Initial splits. */
  readonly parts: number;
  /** Checkpoints itself in front of every position whose hash is divisible by this; 0 is never. */
  readonly checkpointEvery: number;
  readonly delayMs: number;
  /** The delay differs from position to position, by less than this; default 0. */
  readonly spreadMs?: number;
  readonly seed: number;
}

export const offsetRangeCoder = compactCoder<OffsetRange>("conformance:coder:offset_range", 1, {
  write: ({ from, to }, writer) => writer.uint32(from).uint32(to),
  read: (reader) => ({ from: reader.uint32(), to: reader.uint32() }),
});

/** Counts with the project's own tracker, in as many parts and with as many interruptions as asked for. */
export class CountingSource implements SplittableDoFn<Count, OffsetRange, number, { main: string }> {
  constructor(private readonly pace: Pace) {}

  initialRestriction({ count }: Count): OffsetRange {
    return { from: 0, to: count };
  }

  splitRestriction(_element: Count, { from, to }: OffsetRange): OffsetRange[] {
    const { parts } = this.pace;
    const cut = (part: number): number => from + Math.floor(((to - from) * part) / parts);
    return Array.from({ length: parts }, (_, part) => ({ from: cut(part), to: cut(part + 1) }));
  }

  newTracker(_element: Count, range: OffsetRange): RestrictionTracker<OffsetRange, number> {
    return new OffsetRangeTracker(range);
  }

  initialWatermarkMs(): number {
    return MIN_TIMESTAMP_MS;
  }

  async process(
    { name }: Count,
    tracker: RestrictionTracker<OffsetRange, number>,
    { emit }: SplittableContext<{ main: string }>,
  ): Promise<ProcessContinuation> {
    const { from, to } = tracker.currentRestriction();
    for (let position = from; position < to; position += 1) {
      if (position > from && this.interrupts(position)) return resume(this.delayAt(position));
      if (!tracker.tryClaim(position)) return stop();
      await emit("main", `${name}:${position}`, position);
    }
    return stop();
  }

  private delayAt(position: number): number {
    const { delayMs, spreadMs = 0, seed } = this.pace;
    return delayMs + (spreadMs === 0 ? 0 : hash(position + seed) % spreadMs);
  }

  private interrupts(position: number): boolean {
    const { checkpointEvery, seed } = this.pace;
    return checkpointEvery > 0 && hash(position + seed * 1_000_003) % checkpointEvery === 0;
  }
}

/** Any mixing of bits will do; the same on every machine. */
function hash(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export interface Visit {
  readonly atMs: number;
  readonly watermarkMs: number;
}

/** Emits one element per call: when it was called, and the watermark that it found. */
export class LogVisits implements SplittableDoFn<Count, OffsetRange, number, { main: Visit }> {
  constructor(private readonly delayMs: number) {}

  initialRestriction({ count }: Count): OffsetRange {
    return { from: 0, to: count };
  }

  newTracker(_element: Count, range: OffsetRange): RestrictionTracker<OffsetRange, number> {
    return new OffsetRangeTracker(range);
  }

  initialWatermarkMs(): number {
    return 500;
  }

  async process(
    _element: Count,
    tracker: RestrictionTracker<OffsetRange, number>,
    { emit, watermark }: SplittableContext<{ main: Visit }>,
  ): Promise<ProcessContinuation> {
    const { from } = tracker.currentRestriction();
    if (!tracker.tryClaim(from)) return stop();
    await emit("main", { atMs: Date.now(), watermarkMs: watermark.currentMs }, 1_000 * (from + 1));
    watermark.advanceTo(1_000 * (from + 1));
    watermark.advanceTo(1);
    return resume(this.delayMs);
  }
}

/** Says that it is done with positions left. */
export class Forgetful extends CountingSource {
  override async process(): Promise<ProcessContinuation> {
    return stop();
  }
}

registerForSerialization("conformance/counting-source", { CountingSource, LogVisits, Forgetful });
