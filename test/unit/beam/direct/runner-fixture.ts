/** Small pipelines, their DoFns, and the places in this process where DoFns leave what they saw. */
import {
  asyncDoFn,
  type AsyncElement,
  type Calls,
  doFn,
  type ElementContext,
  jsonCoder,
  type KV,
  type OffsetRange,
  OffsetRangeTracker,
  resume,
  sessionsMs,
  splittableDoFn,
  stop,
  windowing,
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

/** Values that DoFns leave behind, and hooks through which tests steer them. */
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
const numbersUpTo = doFn("test/direct/numbers", {
  outputs: { main: number },
  open: ({ count }: { readonly count: number }) => ({
    process(_element: unknown, emit) {
      for (let value = 0; value < count; value++) void emit("main", value, value);
    },
  }),
});

const observing = doFn("test/direct/observe", {
  outputs: { main: number },
  open(_settings, { shared }) {
    seen.log.push("open");
    shared.get(
      "test/direct",
      () => void seen.log.push("open shared"),
      () => void seen.log.push("close shared"),
    );
    return {
      process(value: number, emit, context) {
        seen.onElement(value, context);
        seen.values.push(value);
        seen.timestamps.push(context.timestampMs);
        void emit("main", value);
      },
      close: () => void seen.log.push("close"),
    };
  },
});

const calling = asyncDoFn("test/direct/call", {
  outputs: { main: number },
  calls: (settings: Calls) => ({ pool: "test", ...settings }),
  open: (_settings: Calls) => ({
    async process([element]: readonly AsyncElement<number, { main: number }>[]) {
      await seen.onCall(element!.value);
      await element!.emit("main", element!.value);
    },
  }),
});

interface TickSettings {
  readonly count: number;
  readonly perRun: number;
  readonly delayMs: number;
}

/** Counts up; checkpoints itself after every `perRun` numbers. */
const ticking = splittableDoFn("test/direct/ticks", {
  restriction: range,
  bounded: false,
  outputs: { main: number },
  open: ({ count, perRun, delayMs }: TickSettings) => ({
    initialRestriction: (_element: unknown) => ({ from: 0, to: count }),
    newTracker: (_element, restriction) => new OffsetRangeTracker(restriction),
    initialWatermarkMs: () => 0,
    async process(_element, tracker, { emit, watermark }) {
      const { from } = tracker.currentRestriction();
      for (let position = from; position < from + perRun; position++) {
        if (!tracker.tryClaim(position)) return stop();
        await emit("main", position, position);
        watermark.advanceTo(position);
      }
      return resume(delayMs);
    },
  }),
});

const toPair = doFn("test/direct/toPair", {
  outputs: { main: new KVCoder<string, number>(new StrUtf8Coder(), number) },
  open: () => ({
    process(value: number, emit) {
      void emit("main", { key: "k", value });
    },
  }),
});

const size = doFn("test/direct/size", {
  outputs: { main: number },
  open: () => ({
    process({ value }: KV<string, Iterable<number>>, emit) {
      void emit("main", [...value].length);
    },
  }),
});

export function numbers(root: Root, count: number, name = "numbers"): PCollection<number> {
  const begin = root.apply(withName(`begin ${name}`, impulse()));
  return begin.apply(withName(name, numbersUpTo({ count }))).main;
}

/** Numbers 0 … from a splittable DoFn. `count` 10^9 stands for "never ends". */
export function ticks(
  root: Root,
  options: { readonly count?: number; readonly perRun?: number; readonly delayMs?: number } = {},
): PCollection<number> {
  const begin = root.apply(impulse());
  return begin.apply(withName("ticks", ticking({ count: 1_000_000_000, perRun: 10, delayMs: 1, ...options }))).main;
}

export function observe(input: PCollection<number>, name = "observe"): PCollection<number> {
  return input.apply(withName(name, observing())).main;
}

export function call(input: PCollection<number>, maxConcurrentCalls: number, name = "call"): PCollection<number> {
  return input.apply(withName(name, calling({ maxConcurrentCalls }))).main;
}

/** Sizes of the sessions of `input`, all under one key. */
export function sessionSizes(input: PCollection<number>, gapMs: number): PCollection<number> {
  const pairs = input.apply(withName("pair", toPair())).main;
  const grouped = pairs.apply(windowInto(sessionsMs(gapMs), windowing({}))).apply(groupByKey());
  return grouped.apply(withName("size", size())).main;
}

const runs: DirectRun[] = [];

export async function start(build: (root: Root) => void, options?: DirectRunnerOptions): Promise<DirectRun> {
  const pipeline = new Pipeline();
  build(new Root(pipeline));
  const run = await new DirectRunner(options).run(pipeline.getProto());
  runs.push(run);
  return run;
}

/** Ends all runs that a failed test left behind. */
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
