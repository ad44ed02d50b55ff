import {
  type OffsetRange,
  OffsetRangeTracker,
  type ProcessContinuation,
  registerForSerialization,
  resume,
  type RestrictionTracker,
  type SplittableContext,
  type SplittableDoFn,
  stop,
} from "../../../../src/beam/authoring";

export type Ranges = SplittableDoFn<number, OffsetRange, number, { main: number }>;
type Context = SplittableContext<{ main: number }>;
type Tracker = RestrictionTracker<OffsetRange, number>;

/** How the next `process` of `Count` behaves at each position. */
export const pace = { ticks: (): number => 0, pauseAt: (_position: number): number | undefined => undefined };

/** Element n → the numbers from 0 to n-1, each with itself as timestamp; the watermark follows. */
export class Count implements Ranges {
  initialRestriction(element: number): OffsetRange {
    return { from: 0, to: element };
  }

  splitRestriction(_element: number, { from, to }: OffsetRange): OffsetRange[] {
    const middle = Math.floor((from + to) / 2);
    return middle === from
      ? [{ from, to }]
      : [
          { from, to: middle },
          { from: middle, to },
        ];
  }

  newTracker(_element: number, restriction: OffsetRange): OffsetRangeTracker {
    return new OffsetRangeTracker(restriction);
  }

  async process(_element: number, tracker: Tracker, { emit, watermark }: Context): Promise<ProcessContinuation> {
    for (let position = tracker.currentRestriction().from; tracker.tryClaim(position); position++) {
      for (let ticks = pace.ticks(); ticks > 0; ticks--) await new Promise((resolve) => setImmediate(resolve));
      await emit("main", position, position);
      watermark.advanceTo(position);
      const delayMs = pace.pauseAt(position);
      if (delayMs !== undefined) return resume(delayMs);
    }
    return stop();
  }
}

/** Sleeps at its first position until a checkpoint is requested. */
export class Sleeper extends Count {
  override async process(_element: number, _tracker: Tracker, context: Context): Promise<ProcessContinuation> {
    const { checkpointRequested } = context;
    if (!checkpointRequested.aborted) {
      await new Promise((resolve) => checkpointRequested.addEventListener("abort", resolve));
    }
    return resume(0);
  }
}

/** Says that it is done when it is not. */
export class Forgetful extends Count {
  override async process(): Promise<ProcessContinuation> {
    return stop();
  }
}

/** Claims and emits without ever giving way to timers. */
export class Busy extends Count {
  override async process(_element: number, tracker: Tracker, { emit }: Context): Promise<ProcessContinuation> {
    for (let position = tracker.currentRestriction().from; tracker.tryClaim(position); position++) {
      void emit("main", position, position);
    }
    return stop();
  }
}

registerForSerialization("test/splittable", { Count, Sleeper, Forgetful, Busy });
