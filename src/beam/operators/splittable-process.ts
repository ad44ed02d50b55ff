/**
 * Processes restrictions of a splittable DoFn: KV<KV<element, KV<restriction, watermark>>, size> → outputs.
 *
 * 1. Every position of the input restriction is either claimed here or part of exactly one residual. `checkDone` is
 *    called after every `process` of the author, and fails the bundle when work is missing.
 * 2. A residual is handed over only after `process` has returned and downstream has taken all its outputs.
 * 3. A restriction that the runner stored under a number always gets an answer: a residual under the same number or,
 *    when nothing is left, one with a negative delay.
 * 4. The promise of `process` waits for everything emitted, so the back-pressure of downstream reaches the reader even
 *    when the author does not await it.
 */
import type { ProcessContinuation, SplittableContext } from "../authoring/splittable-do-fn";
import type { Outputs } from "../authoring/contract";
import type { AnyDefinition } from "../authoring/definitions";
import { UsageError } from "../error";
import { runnerApi, type TransformProto } from "../sdk";
import { type IntervalWindow, type WindowedValue, withValue } from "../values";
import type { Operator, Processed, Residual, StageEnvironment } from "./contract";
import { DefinedTransform } from "./opening";
import { OutputReceivers } from "./outputs";
import { Outstanding } from "./outstanding";
import { type ResidualRestriction, RestrictionRun } from "./restriction-run";
import { type AnySplittableDoFn, isKept, sized, type SizedElementAndRestriction } from "./splittable-element";

/**
 * The result of a split that the runner asked for: the primary is processed here, the residual must be scheduled
 * elsewhere.
 */
export interface Split {
  readonly primary: WindowedValue<SizedElementAndRestriction>;
  readonly residual: Residual;
}

export interface SplittableOperator extends Operator {
  /** Gives away a fraction of the remainder of the current restriction, which starts behind the last claim. */
  split(fractionOfRemainder: number): Split | undefined;
  /**
   * Returns the completed and the remaining work of the current restriction, if there is one and its tracker measures
   * it.
   */
  progress(): { readonly completed: number; readonly remaining: number } | undefined;
}

export function isSplittable(operator: Operator): operator is SplittableOperator {
  return "split" in operator;
}

interface Active {
  readonly run: RestrictionRun;
  readonly element: WindowedValue<unknown>;
  readonly key: unknown;
  readonly currentRestriction: () => unknown;
}

export class SplittableProcessOperator implements SplittableOperator {
  private readonly defined: DefinedTransform<AnyDefinition>;
  /** Set in `setup`. */
  private fn!: AnySplittableDoFn;
  private readonly outputs: OutputReceivers;
  private readonly boundedness: runnerApi.IsBounded_Enum;
  private active: Active | undefined;

  constructor(
    private readonly transformId: string,
    transform: TransformProto,
    private readonly environment: StageEnvironment,
  ) {
    this.defined = new DefinedTransform(transformId, transform, environment);
    this.outputs = new OutputReceivers(transform, environment);
    const { BOUNDED, UNBOUNDED } = runnerApi.IsBounded_Enum;
    const unbounded = Object.values(transform.outputs).some(
      (id) => environment.components.pcollections[id]?.isBounded === UNBOUNDED,
    );
    this.boundedness = unbounded ? UNBOUNDED : BOUNDED;
  }

  setup(): void | Promise<void> {
    return this.defined.open((fn: typeof this.fn) => (this.fn = fn));
  }

  teardown(): void | Promise<void> {
    return (this.fn as AnySplittableDoFn | undefined)?.close?.();
  }

  async process(element: WindowedValue<unknown>): Promise<void> {
    for (const window of element.windows) await this.processIn(window, { ...element, windows: [window] });
  }

  progress(): { readonly completed: number; readonly remaining: number } | undefined {
    const progress = this.active?.run.observedTracker.progress?.();
    if (progress !== undefined && !(progress.completed >= 0 && progress.remaining >= 0)) {
      throw new UsageError("A tracker's progress must be its completed and its remaining work, both at least 0.");
    }
    return progress;
  }

  split(fractionOfRemainder: number): Split | undefined {
    const { active } = this;
    const split = active?.run.split(fractionOfRemainder);
    if (active === undefined || split === undefined) return undefined;
    const { element, key, run } = active;
    const primary = sized(this.fn, key, active.currentRestriction(), run.watermark.currentMs);
    return { primary: withValue(element, primary), residual: this.residualOf(element, key, split, 0) };
  }

  private async processIn(window: IntervalWindow, element: WindowedValue<unknown>): Promise<void> {
    const {
      key,
      value: { key: restriction, value: watermarkMs },
    } = (element.value as SizedElementAndRestriction).key;
    const tracker = this.fn.newTracker(key, restriction);
    const run = new RestrictionRun(tracker, watermarkMs, this.environment.limits, this.environment.checkpointSignal());
    const outstanding = new Outstanding();
    this.active = { run, element, key, currentRestriction: () => tracker.currentRestriction() };
    try {
      const context = this.contextOf(run, element, window, outstanding);
      const continuation = await this.fn.process(key, run.observedTracker, context);
      this.active = undefined;
      await outstanding.settled();
      if (continuation.kind === "resume") run.takeCheckpoint();
      tracker.checkDone();
      if (run.checkpoint !== undefined) {
        const residual = this.residualOf(element, key, run.checkpoint, delayOf(continuation));
        this.environment.onResidual(isKept(element) ? asKept(element, residual) : residual);
      } else if (isKept(element)) {
        const { currentMs } = run.watermark;
        const { transformId, boundedness } = this;
        this.environment.onResidual({ transformId, element, watermarkMs: currentMs, delayMs: -1, boundedness });
      }
    } finally {
      this.active = undefined;
      run.end();
    }
  }

  private contextOf(
    run: RestrictionRun,
    element: WindowedValue<unknown>,
    window: IntervalWindow,
    outstanding: Outstanding,
  ): SplittableContext<Outputs> {
    const windows = [window];
    return {
      timestampMs: element.timestampMs,
      watermark: run.watermark,
      checkpointRequested: run.checkpointRequested,
      emit: (tag, value, timestampMs): Processed => {
        const processed = this.outputs.emit(tag, value, timestampMs, windows, element.pane);
        outstanding.add(processed);
        run.countOutput();
        return processed;
      },
    };
  }

  private residualOf(
    element: WindowedValue<unknown>,
    key: unknown,
    { restriction, watermarkMs }: ResidualRestriction,
    delayMs: number,
  ): Residual {
    return {
      transformId: this.transformId,
      element: withValue(element, sized(this.fn, key, restriction, watermarkMs)),
      watermarkMs,
      delayMs,
      boundedness: this.boundedness,
    };
  }
}

/** Gives a residual the number under which the runner stored its restriction. */
function asKept({ value }: WindowedValue<unknown>, residual: Residual): Residual {
  const { key } = residual.element.value as SizedElementAndRestriction;
  const kept: SizedElementAndRestriction = { key, value: (value as SizedElementAndRestriction).value };
  return { ...residual, element: withValue(residual.element, kept) };
}

function delayOf(continuation: ProcessContinuation): number {
  return continuation.kind === "resume" ? continuation.delayMs : 0;
}
