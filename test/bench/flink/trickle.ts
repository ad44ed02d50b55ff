/** Session parts from memory, all at once or little by little in real time. */
import { existsSync } from "node:fs";
import {
  jsonCoder,
  type OffsetRange,
  OffsetRangeTracker,
  resume,
  splittableDoFn,
  stop,
} from "../../../src/beam/authoring";
import { type PCollection, type Root, impulse } from "../../../src/beam/sdk";
import { sessionPartCoder } from "../../../src/chat/coders/session-part";
import type { SessionPart } from "../../../src/chat/model";
import { part } from "../jobs/generate";

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

const trickling = splittableDoFn("trickle", {
  restriction: jsonCoder<OffsetRange>("bench:coder:offset_range", 1),
  bounded: true,
  outputs: { main: sessionPartCoder },
  open({ count, together, everyMs, startFile }: Feed) {
    let startedMs: number | undefined;
    const msUntil = (index: number): number => {
      const after = index - WARM_UP;
      if (after < 0) return 0;
      if (startedMs === undefined && !existsSync(startFile)) return LOOK_MS;
      startedMs ??= performance.now();
      return startedMs + Math.floor(after / together) * everyMs - performance.now();
    };
    return {
      initialRestriction: (_element: Uint8Array) => ({ from: 0, to: WARM_UP + count }),
      newTracker: (_element, range) => new OffsetRangeTracker(range),
      async process(_element, tracker, context) {
        for (let index = tracker.currentRestriction().from; ; index++) {
          // A bundle hands out nothing before it ends.
          const leftMs = msUntil(index);
          if (leftMs > 0) return resume(leftMs);
          if (!tracker.tryClaim(index)) return stop();
          const value = part(index);
          await context.emit("main", value, value.endMs);
        }
      },
    };
  },
});

/** `WARM_UP` parts as fast as they are taken, then those of the feed. */
export function trickle(root: Root, feed: Feed): PCollection<SessionPart> {
  return root.apply(impulse()).apply(trickling(feed)).main;
}
