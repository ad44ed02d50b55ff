/** Session parts from memory, all at once or little by little in real time. */
import { existsSync } from "node:fs";
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
import { sessionPartCoder } from "../../../src/chat/coders/session-part";
import type { SessionPart } from "../../../src/chat/model";
import { part } from "../jobs/generate";

/** Known as soon as a worker has this module. */
const rangeCoder = jsonCoder<OffsetRange>("bench:coder:offset_range", 1);

/** Parts at the beginning that only warm the stages up: as many calls as a plain pool's first pass makes. */
export const WARM_UP = 2_000;
const LOOK_MS = 250;

export interface Feed {
  /** After the first `WARM_UP`. */
  readonly count: number;
  /** How many are handed out together, 1 for instance, and after how long the next ones; 0: as fast as they are taken. */
  readonly together: number;
  readonly everyMs: number;
  /** Once this file is there, those after the warm-up begin. */
  readonly startFile: string;
}

class Trickle implements SplittableDoFn<Uint8Array, OffsetRange, number, { main: SessionPart }> {
  private startedMs: number | undefined;

  constructor(private readonly feed: Feed) {}

  initialRestriction(): OffsetRange {
    return { from: 0, to: WARM_UP + this.feed.count };
  }

  newTracker(_element: Uint8Array, range: OffsetRange): OffsetRangeTracker {
    return new OffsetRangeTracker(range);
  }

  async process(
    _element: Uint8Array,
    tracker: OffsetRangeTracker,
    context: SplittableContext<{ main: SessionPart }>,
  ): Promise<ProcessContinuation> {
    for (let index = tracker.currentRestriction().from; ; index++) {
      // A bundle hands out nothing before it ends.
      const leftMs = this.msUntil(index);
      if (leftMs > 0) return resume(leftMs);
      if (!tracker.tryClaim(index)) return stop();
      const value = part(index);
      await context.emit("main", value, value.endMs);
    }
  }

  private msUntil(index: number): number {
    const after = index - WARM_UP;
    if (after < 0) return 0;
    const { together, everyMs, startFile } = this.feed;
    if (this.startedMs === undefined && !existsSync(startFile)) return LOOK_MS;
    this.startedMs ??= performance.now();
    return this.startedMs + Math.floor(after / together) * everyMs - performance.now();
  }
}

registerForSerialization("bench/trickle", { Trickle });

/** `WARM_UP` parts as fast as they are taken, then those of the feed. */
export function trickle(root: Root, feed: Feed): PCollection<SessionPart> {
  const source = splittableParDo("trickle", new Trickle(feed), {
    restriction: rangeCoder,
    bounded: true,
    outputs: { main: sessionPartCoder },
  });
  return P(root.apply(impulse())).apply(source).main;
}
