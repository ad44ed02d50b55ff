/** A source without end that pauses where a test asks it to, so that nothing is under way when one looks. */
import {
  jsonCoder,
  type OffsetRange,
  OffsetRangeTracker,
  resume,
  splittableDoFn,
  stop,
  StrUtf8Coder,
} from "../../../src/beam";
import { readLines } from "../../../src/beam/testing/support/collected";
import { LineFile } from "../../../src/beam/testing/support/line-file";

/** Seldom, because each look is a self-checkpoint, of which a pause should have few. */
const LOOK_MS = 2_000;
/** More elements than a test waits for. */
const END = 1_000_000;

export interface PausingSource {
  /** The source checkpoints itself before each multiple of this position. */
  readonly checkpointEvery: number;
  /** Rising positions before which it pauses, each until `goOn` was called once more. */
  readonly pausesAt: readonly number[];
  /** The folder in which `goOn` leaves its word. */
  readonly directory: string;
}

/** Emits `a:0`, `a:1` and so on. */
export const pausingSource = splittableDoFn("pausingSource", {
  restriction: jsonCoder<OffsetRange>("test:coder:pausing_range", 1),
  bounded: false,
  outputs: { main: new StrUtf8Coder() },
  open: ({ checkpointEvery, pausesAt, directory }: PausingSource) => ({
    initialRestriction: (_element: Uint8Array) => ({ from: 0, to: END }),
    newTracker: (_element, range) => new OffsetRangeTracker(range),
    async process(_element, tracker, { emit }) {
      const { from } = tracker.currentRestriction();
      for (let position = from; ; position += 1) {
        const pause = pausesAt.indexOf(position);
        if (pause >= 0 && readLines(directory).length <= pause) return resume(LOOK_MS);
        if (position > from && position % checkpointEvery === 0) return resume();
        if (!tracker.tryClaim(position)) return stop();
        await emit("main", `a:${position}`, position);
      }
    },
  }),
});

/** Lets the source go on behind its next pause. */
export function goOn(directory: string): void {
  new LineFile(directory).append(["go on"]);
}
