/**
 * A source that plays a script. It is like Beam's TestStream, but a plain splittable DoFn, which every runner can run.
 *
 * 1. The restriction is the range of steps still to be played. A claimed step is played at once.
 * 2. After every step except `emit` the source checkpoints itself, so the runner learns of the watermark before the
 *    next step.
 * 3. `awaitLines` makes a script wait until something downstream has happened. Until then the step stays unclaimed and
 *    the source asks to be called again.
 */
import { compactCoder } from "../../authoring/coder";
import type { DoFnTransform } from "../../authoring/contract";
import { type RestrictionTracker, resume, splittableDoFn, stop } from "../../authoring/splittable-do-fn";
import { MIN_TIMESTAMP_MS } from "../../values";
import { anyCoder } from "../support/coders";
import { readLines } from "../support/collected";

export type Step<T = unknown> =
  | { readonly kind: "emit"; readonly value: T; readonly atMs: number }
  | { readonly kind: "watermark"; readonly toMs: number }
  | { readonly kind: "checkpoint"; readonly delayMs: number }
  | { readonly kind: "awaitLines"; readonly directory: string; readonly count: number }
  /** Waits until the runner asks for a checkpoint. */
  | { readonly kind: "untilAsked" }
  /** Never ends by itself. */
  | { readonly kind: "forever" };

export interface Script<T = unknown> {
  readonly name: string;
  readonly steps: readonly Step<T>[];
}

/** The steps from `from` up to, but not including, `to`. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

const stepRangeCoder = compactCoder<StepRange>("conformance:coder:step_range", 1, {
  write: ({ from, to }, writer) => writer.uint32(from).uint32(to),
  read: (reader) => ({ from: reader.uint32(), to: reader.uint32() }),
});

const POLL_MS = 10;

export const scriptedSource = splittableDoFn("scriptedSource", {
  restriction: stepRangeCoder,
  bounded: false,
  outputs: { main: anyCoder<unknown>() },
  open: () => ({
    initialRestriction: ({ steps }: Script) => ({ from: 0, to: steps.length }),
    newTracker: (_script: Script, range) => new StepTracker(range),
    initialWatermarkMs: () => MIN_TIMESTAMP_MS,
    async process({ steps }: Script, tracker, context) {
      for (let index = tracker.currentRestriction().from; index < steps.length; index += 1) {
        const step = steps[index];
        if (step === undefined || !ready(step)) return resume(POLL_MS);
        if (!tracker.tryClaim(index)) return stop();
        if (step.kind === "emit") await context.emit("main", step.value, step.atMs);
        else {
          if (step.kind === "watermark") context.watermark.advanceTo(step.toMs);
          if (step.kind === "untilAsked") await aborted(context.checkpointRequested);
          return resume(step.kind === "checkpoint" ? step.delayMs : 0);
        }
      }
      return stop();
    },
  }),
}) as <T>(settings: void) => DoFnTransform<Script<T>, { main: T }>;

function ready(step: Step): boolean {
  if (step.kind === "forever") return false;
  return step.kind !== "awaitLines" || readLines(step.directory).length >= step.count;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

/** A tracker that is small enough to be checked by reading. `OffsetRangeTracker` is itself under test. */
class StepTracker implements RestrictionTracker<StepRange, number> {
  private next: number;

  constructor(private range: StepRange) {
    this.next = range.from;
  }

  currentRestriction(): StepRange {
    return this.range;
  }

  tryClaim(position: number): boolean {
    if (position >= this.range.to) return false;
    this.next = position + 1;
    return true;
  }

  trySplit(): { primary: StepRange; residual: StepRange } | undefined {
    if (this.next >= this.range.to) return undefined;
    const residual = { from: this.next, to: this.range.to };
    this.range = { from: this.range.from, to: this.next };
    return { primary: this.range, residual };
  }

  checkDone(): void {
    if (this.next < this.range.to) throw new Error(`steps ${this.next} to ${this.range.to} were not played`);
  }
}
