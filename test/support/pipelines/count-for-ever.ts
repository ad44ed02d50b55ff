/** A pipeline without an end for `npm run pipeline`: a file gets a line with each number from 0 on. */
import { appendFile } from "node:fs/promises";
import * as beam from "../../../src/beam";

const EVERY_MS = 50;
/** Longer than any test. */
const HANG_MS = 600_000;

const countForEver = beam.splittableDoFn("countForEver", {
  restriction: beam.offsetRangeCoder,
  bounded: false,
  outputs: { main: beam.jsonCoder<number>("test:number", 1) },
  open(_settings, { metrics }) {
    const counted = metrics.counter("counted");
    return {
      initialRestriction: () => ({ from: 0, to: Number.MAX_SAFE_INTEGER }),
      newTracker: (_file, range) => new beam.OffsetRangeTracker(range),
      async process(file: string, tracker, { emit }) {
        const { from } = tracker.currentRestriction();
        if (!tracker.tryClaim(from)) return beam.stop();
        await appendFile(file, `${from}\n`);
        counted.inc();
        await emit("main", from, 0);
        return beam.resume(EVERY_MS);
      },
    };
  },
});

/** Stands for a call that gets no answer, on a connection that stays open. */
const hang = beam.asyncDoFn("hang", {
  outputs: {},
  calls: { maxConcurrentCalls: 1 },
  open: () => ({
    process: (_elements: readonly beam.AsyncElement<number, beam.NoOutputs>[]) =>
      new Promise<void>((resolve) => setTimeout(resolve, HANG_MS)),
  }),
});

/** Writes the numbers to a file. With a second argument each number also makes a call that gets no answer. */
export function build(root: beam.Root, [file = "", hangs]: readonly string[]): void {
  const { main } = root.apply(beam.create([file])).apply(countForEver());
  if (hangs !== undefined) main.apply(hang());
}
