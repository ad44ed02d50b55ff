import { OffsetRangeTracker, type OffsetRange } from "../../authoring/offset-range-tracker";
import { compactCoder } from "../../authoring/coder";
import { resume, splittableDoFn, type SplittableDoFnInstance, stop } from "../../authoring/splittable-do-fn";
import { MIN_TIMESTAMP_MS } from "../../values";
import { anyCoder } from "../support/coders";

/**
 * Positions from 0 up to `count`, each emitted as `name:position` with the position as its timestamp in milliseconds.
 */
export interface Count {
  readonly name: string;
  readonly count: number;
}

export interface Pace {
  /** Default: true. */
  readonly bounded?: boolean;
  /** Number of initial splits. */
  readonly parts: number;
  /** The source checkpoints itself before every position whose hash is divisible by this; 0 means never. */
  readonly checkpointEvery: number;
  readonly delayMs: number;
  /** Limit of a random addition to the delay, which depends on the position; default 0. */
  readonly spreadMs?: number;
  readonly seed: number;
}

export const offsetRangeCoder = compactCoder<OffsetRange>("conformance:coder:offset_range", 1, {
  write: ({ from, to }, writer) => writer.uint32(from).uint32(to),
  read: (reader) => ({ from: reader.uint32(), to: reader.uint32() }),
});

/** Makes a counting source's instance, of which other sources change a part. */
export function counting(pace: Pace): SplittableDoFnInstance<Count, OffsetRange, number, { main: string }> {
  return {
    initialRestriction: ({ count }) => ({ from: 0, to: count }),
    splitRestriction(_element, { from, to }) {
      const { parts } = pace;
      const cut = (part: number): number => from + Math.floor(((to - from) * part) / parts);
      return Array.from({ length: parts }, (_, part) => ({ from: cut(part), to: cut(part + 1) }));
    },
    newTracker: (_element, range) => new OffsetRangeTracker(range),
    initialWatermarkMs: () => MIN_TIMESTAMP_MS,
    async process({ name }, tracker, { emit }) {
      const { from, to } = tracker.currentRestriction();
      for (let position = from; position < to; position += 1) {
        if (position > from && interrupts(pace, position)) return resume(delayAt(pace, position));
        if (!tracker.tryClaim(position)) return stop();
        await emit("main", `${name}:${position}`, position);
      }
      return stop();
    },
  };
}

/** Counts with `OffsetRangeTracker`, with as many splits and checkpoints as `Pace` asks for. */
export const countingSource = splittableDoFn("countingSource", {
  restriction: offsetRangeCoder,
  bounded: ({ bounded = true }: Pace) => bounded,
  outputs: { main: anyCoder<string>() },
  open: counting,
});

/** Returns `stop()` with positions left. */
export const forgetfulSource = splittableDoFn("forgetfulSource", {
  restriction: offsetRangeCoder,
  bounded: true,
  outputs: { main: anyCoder<string>() },
  open: (pace: Pace) => ({ ...counting(pace), process: stop }),
});

function delayAt({ delayMs, spreadMs = 0, seed }: Pace, position: number): number {
  return delayMs + (spreadMs === 0 ? 0 : hash(position + seed) % spreadMs);
}

function interrupts({ checkpointEvery, seed }: Pace, position: number): boolean {
  return checkpointEvery > 0 && hash(position + seed * 1_000_003) % checkpointEvery === 0;
}

/** Mixes bits, in the same way on every machine. */
function hash(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export interface Visit {
  readonly atMs: number;
  readonly watermarkMs: number;
}

/** Emits one element per call, with the time of the call and the watermark at its start. */
export const logVisits = splittableDoFn("logVisits", {
  restriction: offsetRangeCoder,
  bounded: false,
  outputs: { main: anyCoder<Visit>() },
  open: ({ delayMs }: { readonly delayMs: number }) => ({
    initialRestriction: ({ count }: Count) => ({ from: 0, to: count }),
    newTracker: (_element: Count, range) => new OffsetRangeTracker(range),
    initialWatermarkMs: () => 500,
    async process(_element: Count, tracker, { emit, watermark }) {
      const { from } = tracker.currentRestriction();
      if (!tracker.tryClaim(from)) return stop();
      await emit("main", { atMs: Date.now(), watermarkMs: watermark.currentMs }, 1_000 * (from + 1));
      watermark.advanceTo(1_000 * (from + 1));
      watermark.advanceTo(1);
      return resume(delayMs);
    },
  }),
});
