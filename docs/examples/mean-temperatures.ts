/** Computes, from files of thermometer readings, the mean of each sensor in ten minutes, and writes a file for each. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as beam from "../../src/beam";

interface Reading {
  readonly sensor: string;
  readonly celsius: number;
}

/** Reads the lines of a file, such as `2026-01-31T12:00:00Z,kitchen,21.5`. Positions are line numbers. */
const readLines = beam.splittableDoFn("readLines", {
  restriction: beam.offsetRangeCoder,
  bounded: true,
  outputs: { main: beam.jsonCoder<Reading>("examples:reading", 1) },
  open: () => ({
    initialRestriction: async (file: string) => ({ from: 0, to: (await linesOf(file)).length }),
    newTracker: (_file, range) => new beam.OffsetRangeTracker(range),
    async process(file, tracker, { emit }) {
      const lines = await linesOf(file);
      for (let at = tracker.currentRestriction().from; tracker.tryClaim(at); at += 1) {
        const [time = "", sensor = "", celsius] = lines[at]!.split(",");
        await emit("main", { sensor, celsius: Number(celsius) }, Date.parse(time));
      }
      return beam.stop();
    },
  }),
});

/** Stands for a call to a service. Equal results get equal file names, so repeating a call is harmless. */
const saveMean = beam.asyncDoFn("saveMean", {
  outputs: {},
  calls: { maxConcurrentCalls: 8 },
  open: ({ folder }: { readonly folder: string }) => ({
    async process(elements: readonly beam.AsyncElement<Reading, beam.NoOutputs>[]) {
      await mkdir(folder, { recursive: true });
      for (const { value, context } of elements) {
        const file = path.join(folder, `${value.sensor}-${context.window.startMs}.json`);
        await writeFile(file, JSON.stringify(value));
      }
    },
  }),
});

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, "utf8")).trimEnd().split("\n");
}

export function build(root: beam.Root, [folder = "", ...files]: readonly string[]): void {
  const readings = root.apply(beam.create(files)).apply(readLines()).main;
  const windows = readings.apply(beam.windowInto(beam.fixedWindowsMs(600_000)));
  const mean = beam.groupBy((reading: Reading) => reading.sensor, "sensor").combining("celsius", beam.mean, "celsius");
  windows.apply(beam.withName("mean", mean)).apply(saveMean({ folder }));
}
