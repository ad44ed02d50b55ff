/** Readings of thermometers, line by line in files → the mean of each sensor and ten minutes → a small file for each. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as beam from "../../src/beam";

interface Reading {
  readonly sensor: string;
  readonly celsius: number;
}

/** The lines of a file, such as `2026-01-31T12:00:00Z,kitchen,21.5`; a position is the number of a line. */
class ReadLines implements beam.SplittableDoFn<string, beam.OffsetRange, number, { main: Reading }> {
  async initialRestriction(file: string): Promise<beam.OffsetRange> {
    return { from: 0, to: (await linesOf(file)).length };
  }

  newTracker(_file: string, range: beam.OffsetRange): beam.OffsetRangeTracker {
    return new beam.OffsetRangeTracker(range);
  }

  async process(file: string, tracker: beam.OffsetRangeTracker, { emit }: beam.SplittableContext<{ main: Reading }>) {
    const lines = await linesOf(file);
    for (let at = tracker.currentRestriction().from; tracker.tryClaim(at); at += 1) {
      const [time = "", sensor = "", celsius] = lines[at]!.split(",");
      await emit("main", { sensor, celsius: Number(celsius) }, Date.parse(time));
    }
    return beam.stop();
  }
}

/** Stands for a call to a service. A name that says what is written makes a repetition harmless. */
class SaveMean implements beam.AsyncDoFn<Reading, beam.NoOutputs> {
  readonly pool = "saveMean";
  readonly maxConcurrentCalls = 8;

  constructor(private readonly folder: string) {}

  async process(elements: readonly beam.AsyncElement<Reading, beam.NoOutputs>[]): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for (const { value, context } of elements) {
      const file = path.join(this.folder, `${value.sensor}-${context.window.startMs}.json`);
      await writeFile(file, JSON.stringify(value));
    }
  }
}

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, "utf8")).trimEnd().split("\n");
}

beam.registerForSerialization("examples/mean-temperatures", { ReadLines, SaveMean });

export function build(root: beam.Root, [folder = "", ...files]: readonly string[]): void {
  const read = beam.splittableParDo("readLines", new ReadLines(), {
    restriction: beam.offsetRangeCoder,
    bounded: true,
    outputs: { main: beam.jsonCoder<Reading>("examples:reading", 1) },
  });
  const readings = beam.P(root.apply(beam.create(files))).apply(read).main;
  const windows = beam.P(readings).apply(beam.windowInto(beam.fixedWindows(600)));
  const mean = beam.groupBy<Reading, string>("sensor").combining("celsius", beam.mean, "celsius");
  const means = beam.P(windows).apply(beam.withName("mean", mean)) as beam.PCollection<Reading>;
  beam.P(means).apply(beam.asyncParDo("saveMean", new SaveMean(folder), {}));
}
