import {
  jsonCoder,
  type OffsetRange,
  OffsetRangeTracker,
  resume,
  splittableDoFn,
  type SplittableDoFnInstance,
  stop,
} from "../../../../src/beam/authoring";

type Ranges = SplittableDoFnInstance<number, OffsetRange, number, { main: number }>;

export interface RangeSettings {
  /** Default: true. */
  readonly bounded?: boolean;
}

/** Behaviour of the next `process` of `count` at each position. */
export const pace = { ticks: (): number => 0, pauseAt: (_position: number): number | undefined => undefined };

/** Emits for element n the numbers from 0 to n-1, each with itself as timestamp; the watermark follows. */
const counting: Ranges = {
  initialRestriction: (element) => ({ from: 0, to: element }),
  splitRestriction(_element, { from, to }) {
    const middle = Math.floor((from + to) / 2);
    return middle === from
      ? [{ from, to }]
      : [
          { from, to: middle },
          { from: middle, to },
        ];
  },
  newTracker: (_element, restriction) => new OffsetRangeTracker(restriction),
  async process(_element, tracker, { emit, watermark }) {
    for (let position = tracker.currentRestriction().from; tracker.tryClaim(position); position++) {
      for (let ticks = pace.ticks(); ticks > 0; ticks--) await new Promise((resolve) => setImmediate(resolve));
      await emit("main", position, position);
      watermark.advanceTo(position);
      const delayMs = pace.pauseAt(position);
      if (delayMs !== undefined) return resume(delayMs);
    }
    return stop();
  },
};

/** A DoFn like `count`, with another `process`, and perhaps other trackers. */
export function ranges(
  name: string,
  process: Ranges["process"],
  newTracker: Ranges["newTracker"] = (_element, restriction) => new OffsetRangeTracker(restriction),
) {
  return splittableDoFn(name, {
    restriction: jsonCoder<OffsetRange>("test:coder:range", 1),
    bounded: ({ bounded = true }: RangeSettings) => bounded,
    outputs: { main: jsonCoder<number>("test:coder:number", 1) },
    open: (_settings: RangeSettings): Ranges => ({ ...counting, process, newTracker }),
  });
}

export const count = ranges("test/count", counting.process.bind(counting));

/** Sleeps at its first position until a checkpoint is requested. */
export const sleeper = ranges("test/sleeper", async (_element, _tracker, { checkpointRequested }) => {
  if (!checkpointRequested.aborted) {
    await new Promise((resolve) => checkpointRequested.addEventListener("abort", resolve));
  }
  return resume(0);
});

/** Claims to be done when it is not. */
export const forgetful = ranges("test/forgetful", stop);

/** Claims and emits without ever giving way to timers. */
export const busy = ranges("test/busy", async (_element, tracker, { emit }) => {
  for (let position = tracker.currentRestriction().from; tracker.tryClaim(position); position++) {
    void emit("main", position, position);
  }
  return stop();
});
