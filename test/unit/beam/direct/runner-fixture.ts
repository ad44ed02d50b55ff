/** Small pipelines, their DoFns, and the places in this process where those leave what they saw. */
import {
  asyncParDo,
  type AsyncDoFn,
  type AsyncElement,
  type ElementContext,
  type Emit,
  jsonCoder,
  type OffsetRange,
  OffsetRangeTracker,
  P,
  type ProcessContinuation,
  registerForSerialization,
  type KV,
  resume,
  sessionsMs,
  windowing,
  type RestrictionTracker,
  type SplittableContext,
  type SplittableDoFn,
  splittableParDo,
  stop,
  type TaggedDoFn,
  taggedParDo,
} from "../../../../src/beam/authoring";
import { DirectRunner, type DirectRun, type DirectRunnerOptions } from "../../../../src/beam/direct";
import {
  groupByKey,
  impulse,
  KVCoder,
  type PCollection,
  Pipeline,
  Root,
  StrUtf8Coder,
  windowInto,
  withName,
} from "../../../../src/beam/sdk";

export const number = jsonCoder<number>("test:direct:number", 1);
const range = jsonCoder<OffsetRange>("test:direct:range", 1);

/** What DoFns leave behind, and hooks through which tests steer them. */
export const seen = {
  values: [] as number[],
  timestamps: [] as number[],
  log: [] as string[],
  onElement: (_value: number, _context: ElementContext): void => undefined,
  onCall: async (_value: number): Promise<void> => undefined,
  reset(): void {
    this.values = [];
    this.timestamps = [];
    this.log = [];
    this.onElement = () => undefined;
    this.onCall = async () => undefined;
  },
};

/** 0 … count-1, each at its own number as timestamp. */
class Numbers implements TaggedDoFn<unknown, { main: number }> {
  constructor(readonly count: number) {}

  process(_element: unknown, emit: Emit<{ main: number }>): void {
    for (let value = 0; value < this.count; value++) void emit("main", value, value);
  }
}

class Observe implements TaggedDoFn<number, { main: number }> {
  setup(): void {
    seen.log.push("setup");
  }

  process(value: number, emit: Emit<{ main: number }>, context: ElementContext): void {
    seen.onElement(value, context);
    seen.values.push(value);
    seen.timestamps.push(context.timestampMs);
    void emit("main", value);
  }

  teardown(): void {
    seen.log.push("teardown");
  }
}

class Call implements AsyncDoFn<number, { main: number }> {
  readonly pool: string;

  constructor(readonly maxConcurrentCalls: number) {
    this.pool = "test";
  }

  async process([element]: readonly AsyncElement<number, { main: number }>[]): Promise<void> {
    await seen.onCall(element!.value);
    await element!.emit("main", element!.value);
  }
}

/** Counts up, for ever if `count` is Infinity; checkpoints itself after every `perRun` numbers. */
class Ticks implements SplittableDoFn<unknown, OffsetRange, number, { main: number }> {
  constructor(
    readonly count: number,
    readonly perRun: number,
    readonly delayMs: number,
  ) {}

  initialRestriction(): OffsetRange {
    return { from: 0, to: this.count };
  }

  newTracker(_element: unknown, restriction: OffsetRange): OffsetRangeTracker {
    return new OffsetRangeTracker(restriction);
  }

  initialWatermarkMs(): number {
    return 0;
  }

  async process(
    _element: unknown,
    tracker: RestrictionTracker<OffsetRange, number>,
    { emit, watermark }: SplittableContext<{ main: number }>,
  ): Promise<ProcessContinuation> {
    const { from } = tracker.currentRestriction();
    for (let position = from; position < from + this.perRun; position++) {
      if (!tracker.tryClaim(position)) return stop();
      await emit("main", position, position);
      watermark.advanceTo(position);
    }
    return resume(this.delayMs);
  }
}

class ToPair implements TaggedDoFn<number, { main: KV<string, number> }> {
  process(value: number, emit: Emit<{ main: KV<string, number> }>): void {
    void emit("main", { key: "k", value });
  }
}

class Size implements TaggedDoFn<KV<string, Iterable<number>>, { main: number }> {
  process({ value }: KV<string, Iterable<number>>, emit: Emit<{ main: number }>): void {
    void emit("main", [...value].length);
  }
}

registerForSerialization("test/direct/fns", { Numbers, Observe, Call, Ticks, ToPair, Size });

export function numbers(root: Root, count: number, name = "numbers"): PCollection<number> {
  const begin = root.apply<PCollection<Uint8Array>>(withName(`begin ${name}`, impulse()));
  return P(begin).apply(taggedParDo(name, new Numbers(count), { main: number })).main;
}

/** Numbers 0 … from a splittable DoFn. `count` 10^9 stands for "never ends". */
export function ticks(
  root: Root,
  options: { readonly count?: number; readonly perRun?: number; readonly delayMs?: number } = {},
): PCollection<number> {
  const begin = root.apply<PCollection<Uint8Array>>(impulse());
  const fn = new Ticks(options.count ?? 1_000_000_000, options.perRun ?? 10, options.delayMs ?? 1);
  const read = splittableParDo("ticks", fn, { restriction: range, bounded: false, outputs: { main: number } });
  return P(begin).apply(read).main;
}

export function observe(input: PCollection<number>, name = "observe"): PCollection<number> {
  return P(input).apply(taggedParDo(name, new Observe(), { main: number })).main;
}

export function call(input: PCollection<number>, maxConcurrentCalls: number, name = "call"): PCollection<number> {
  return P(input).apply(asyncParDo(name, new Call(maxConcurrentCalls), { main: number })).main;
}

/** Sizes of the sessions of `input`, all under one key. */
export function sessionSizes(input: PCollection<number>, gapMs: number): PCollection<number> {
  const pairs = P(input).apply(
    taggedParDo("pair", new ToPair(), { main: new KVCoder<string, number>(new StrUtf8Coder(), number) }),
  ).main;
  const windowed = P(pairs).apply(windowInto(sessionsMs(gapMs), windowing({})));
  const grouped = P(windowed).apply(groupByKey<string, number>());
  return P(grouped).apply(taggedParDo("size", new Size(), { main: number })).main;
}

const runs: DirectRun[] = [];

export async function start(build: (root: Root) => void, options?: DirectRunnerOptions): Promise<DirectRun> {
  const pipeline = new Pipeline();
  build(new Root(pipeline));
  const run = await new DirectRunner(options).run(pipeline.getProto());
  runs.push(run);
  return run;
}

/** Ends what a failed test left running. */
export async function cancelAll(): Promise<void> {
  await Promise.all(runs.splice(0).map((run) => run.cancel()));
}

/** Rejects after ten seconds, so that a test which waits in vain fails and ends. */
export async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain for ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
