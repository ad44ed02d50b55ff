/** A pipeline without an end for `npm run pipeline`: a file gets a line with each number from 0 on. */
import { appendFile } from "node:fs/promises";
import * as beam from "../../src/beam";

const EVERY_MS = 50;
/** Longer than any test. */
const HANG_MS = 600_000;

class CountForEver implements beam.SplittableDoFn<string, beam.OffsetRange, number, { main: number }> {
  private counted!: beam.Counter;

  setup({ metrics }: beam.SetupContext): void {
    this.counted = metrics.counter("counted");
  }

  initialRestriction(): beam.OffsetRange {
    return { from: 0, to: Number.MAX_SAFE_INTEGER };
  }

  newTracker(_file: string, range: beam.OffsetRange): beam.OffsetRangeTracker {
    return new beam.OffsetRangeTracker(range);
  }

  async process(file: string, tracker: beam.OffsetRangeTracker, { emit }: beam.SplittableContext<{ main: number }>) {
    const { from } = tracker.currentRestriction();
    if (!tracker.tryClaim(from)) return beam.stop();
    await appendFile(file, `${from}\n`);
    this.counted.inc();
    await emit("main", from, 0);
    return beam.resume(EVERY_MS);
  }
}

/** Stands for a call that gets no answer, on a connection that stays open. */
class Hang implements beam.AsyncDoFn<number, beam.NoOutputs> {
  readonly pool = "hang";
  readonly maxConcurrentCalls = 1;

  process(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, HANG_MS));
  }
}

beam.registerForSerialization("test/count-for-ever", { CountForEver, Hang });

/** With a second argument, what is counted meets a call that gets no answer. */
export function build(root: beam.Root, [file = "", hangs]: readonly string[]): void {
  const numbers = beam.P(root.apply(beam.create([file]))).apply(
    beam.splittableParDo("countForEver", new CountForEver(), {
      restriction: beam.offsetRangeCoder,
      bounded: false,
      outputs: { main: beam.jsonCoder<number>("test:number", 1) },
    }),
  ).main;
  if (hangs !== undefined) beam.P(numbers).apply(beam.asyncParDo("hang", new Hang(), {}));
}
