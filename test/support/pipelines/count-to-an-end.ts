/**
 * A pipeline whose source may go on for ever, and stops by itself at a number; a file gets a line for each window of
 * it.
 */
import { appendFile } from "node:fs/promises";
import * as beam from "../../../src/beam";

const PAUSE_MS = 200;

const countToAnEnd = beam.splittableDoFn("countToAnEnd", {
  restriction: beam.offsetRangeCoder,
  bounded: false,
  outputs: { main: beam.jsonCoder<number>("test:counted", 1) },
  open: ({ last }: { readonly last: number }) => ({
    initialRestriction: () => ({ from: 0, to: last }),
    newTracker: (_element: string, range) => new beam.OffsetRangeTracker(range),
    async process(_element: string, tracker, { emit, watermark }) {
      const { from } = tracker.currentRestriction();
      if (!tracker.tryClaim(from)) return beam.stop();
      await emit("main", from, from);
      watermark.advanceTo(from);
      return beam.resume(PAUSE_MS);
    },
  }),
});

/** Stands for a call that takes a while, behind the end of the source. */
const save = beam.asyncDoFn("save", {
  outputs: {},
  calls: { maxConcurrentCalls: 8 },
  open: ({ file }: { readonly file: string }, { metrics }) => {
    const saved = metrics.counter("saved");
    return {
      async process(elements: readonly beam.AsyncElement<unknown, beam.NoOutputs>[]) {
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        for (const { value } of elements) await appendFile(file, `${JSON.stringify(value)}\n`);
        saved.inc(elements.length);
      },
    };
  },
});

export function build(root: beam.Root, [file = ""]: readonly string[]): void {
  const counted = root.apply(beam.create(["one", "other"])).apply(countToAnEnd({ last: 20 })).main;
  const windows = counted.apply(beam.windowInto(beam.fixedWindowsMs(5)));
  const groups = beam
    .groupBy((_number: number) => "all", "number")
    .combining((number: number) => number, beam.count, "count");
  windows.apply(beam.withName("group", groups)).apply(save({ file }));
}
