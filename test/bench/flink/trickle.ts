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
import { plannedCoder } from "../../../src/chat/coders/planned-session";
import type { EmbeddedPart, SessionPart } from "../../../src/chat/model";
import type { PlannedSession } from "../../../src/chat/plan";
import { planned } from "../../support/chat/planned";
import { part } from "../jobs/generate";

/** Parts at the beginning that only warm the stages up: as many as the calls of a plain pool's first pass. */
export const WARM_UP = 2_000;
const LOOK_MS = 250;

export interface Feed {
  /** Parts after the first `WARM_UP`. */
  readonly count: number;
  /** Number of parts handed out together, and the time until the next ones; 0 means as fast as they are taken. */
  readonly together: number;
  readonly everyMs: number;
  /** File whose existence starts the parts after the warm-up. */
  readonly startFile: string;
}

const trickling = splittableDoFn("trickle", {
  restriction: jsonCoder<OffsetRange>("bench:coder:offset_range", 1),
  bounded: true,
  outputs: { main: plannedCoder },
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
          await context.emit("main", planned(value), value.endMs);
        }
      },
    };
  },
});

/** `WARM_UP` parts as fast as they are taken, then those of the feed. */
export function trickle(root: Root, feed: Feed): PCollection<PlannedSession<SessionPart | EmbeddedPart>> {
  return root.apply(impulse()).apply(trickling(feed)).main;
}
