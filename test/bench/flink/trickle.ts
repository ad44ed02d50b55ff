/** Session parts from memory, all at once or one by one in real time. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type OffsetRange,
  OffsetRangeTracker,
  P,
  type ProcessContinuation,
  type SplittableContext,
  type SplittableDoFn,
  jsonCoder,
  registerForSerialization,
  resume,
  splittableParDo,
  stop,
} from "../../../src/beam/authoring";
import { type PCollection, type Root, impulse } from "../../../src/beam/sdk";
import { sessionPartCoder } from "../../../src/coders/session-part";
import type { SessionPart } from "../../../src/model";
import { part } from "../jobs/generate";

/** Known as soon as a worker has this module. */
const rangeCoder = jsonCoder<OffsetRange>("bench:coder:offset_range", 1);

/** Parts at the beginning that only warm the stages up, and the time for that. */
export const WARM_UP = 256;
const PAUSE_MS = 5_000;

class Trickle implements SplittableDoFn<Uint8Array, OffsetRange, number, { main: SessionPart }> {
  private startedMs: number | undefined;

  constructor(
    private readonly count: number,
    private readonly everyMs: number,
  ) {}

  initialRestriction(): OffsetRange {
    return { from: 0, to: WARM_UP + this.count };
  }

  newTracker(_element: Uint8Array, range: OffsetRange): OffsetRangeTracker {
    return new OffsetRangeTracker(range);
  }

  async process(
    _element: Uint8Array,
    tracker: OffsetRangeTracker,
    context: SplittableContext<{ main: SessionPart }>,
  ): Promise<ProcessContinuation> {
    const { from } = tracker.currentRestriction();
    for (let index = from; ; index++) {
      const leftMs = this.dueMs(index) - performance.now();
      // A bundle hands out nothing before it ends.
      if (leftMs > 0 && index > from) return resume(leftMs);
      if (leftMs > 0) await sleep(leftMs);
      if (!tracker.tryClaim(index)) return stop();
      const value = part(index);
      await context.emit("main", value, value.endMs);
    }
  }

  private dueMs(index: number): number {
    this.startedMs ??= performance.now();
    return index < WARM_UP ? this.startedMs : this.startedMs + PAUSE_MS + (index - WARM_UP) * this.everyMs;
  }
}

registerForSerialization("bench/trickle", { Trickle });

/** `WARM_UP` parts, a pause, then `count` more, one every `everyMs`; 0: as fast as they are taken. */
export function trickle(root: Root, count: number, everyMs: number): PCollection<SessionPart> {
  const source = splittableParDo("trickle", new Trickle(count, everyMs), {
    restriction: rangeCoder,
    bounded: true,
    outputs: { main: sessionPartCoder },
  });
  return P(root.apply(impulse())).apply(source).main;
}
