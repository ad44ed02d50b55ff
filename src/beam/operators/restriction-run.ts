/**
 * One restriction while it is being processed.
 *
 * 1. A checkpoint is due as soon as the runner wants the bundle to end. It is also due once the outputs or the duration
 *    of this run exceed their limits and a position was claimed: limits that are too tight must not stop progress. It
 *    is taken at the author's next claim, or when `process` returns. Between two claims the author may still emit and
 *    move the watermark, which the residual's watermark must include.
 * 2. `checkpointRequested` is aborted when a checkpoint becomes due, so that a sleeping author wakes up.
 * 3. After a split the tracker's restriction is the primary. The residual was given away and is never touched again.
 */
import type { ManualWatermark, RestrictionTracker } from "../authoring/splittable-do-fn";
import type { CheckpointLimits } from "./contract";

export interface ResidualRestriction {
  readonly restriction: unknown;
  readonly watermarkMs: number;
}

export class RestrictionRun {
  readonly watermark: ManualWatermark & { currentMs: number };
  readonly observedTracker: RestrictionTracker<unknown, unknown>;
  /** The residual that the checkpoint of rule 1 took from the tracker. */
  checkpoint: ResidualRestriction | undefined;

  private readonly requested = new AbortController();
  private readonly deadlineMs: number;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly onSignal = (): void => this.requested.abort();
  private outputs = 0;
  private hasClaimed = false;

  constructor(
    private readonly tracker: RestrictionTracker<unknown, unknown>,
    watermarkMs: number,
    private readonly limits: CheckpointLimits,
    private readonly signal: AbortSignal,
  ) {
    this.watermark = {
      currentMs: watermarkMs,
      advanceTo(ms: number): void {
        if (ms > this.currentMs) this.currentMs = ms;
      },
    };
    this.observedTracker = {
      currentRestriction: () => tracker.currentRestriction(),
      tryClaim: (position) => {
        if (this.isCheckpointDue()) this.takeCheckpoint();
        const claimed = tracker.tryClaim(position);
        this.hasClaimed ||= claimed;
        return claimed;
      },
      trySplit: (fraction) => tracker.trySplit(fraction),
      checkDone: () => tracker.checkDone(),
      ...(tracker.progress === undefined ? {} : { progress: () => (tracker.progress as () => Progress)() }),
    };
    this.deadlineMs = performance.now() + limits.maxDurationMs;
    if (signal.aborted) {
      this.requested.abort();
    } else {
      signal.addEventListener("abort", this.onSignal, { once: true });
      // A duration beyond the longest timer means no limit.
      if (limits.maxDurationMs < 2 ** 31) this.timer = setTimeout(this.onSignal, limits.maxDurationMs);
    }
  }

  get checkpointRequested(): AbortSignal {
    return this.requested.signal;
  }

  countOutput(): void {
    if (++this.outputs >= this.limits.maxOutputs) this.requested.abort();
  }

  /** Takes a checkpoint, unless one was taken or nothing is left. */
  takeCheckpoint(): void {
    this.checkpoint ??= this.split(0);
  }

  split(fractionOfRemainder: number): ResidualRestriction | undefined {
    const split = this.tracker.trySplit(fractionOfRemainder);
    return split && { restriction: split.residual, watermarkMs: this.watermark.currentMs };
  }

  end(): void {
    clearTimeout(this.timer);
    this.signal.removeEventListener("abort", this.onSignal);
  }

  private isCheckpointDue(): boolean {
    if (this.signal.aborted) return true;
    // The clock is checked as well, because the timer cannot fire while an author claims without awaiting.
    if (performance.now() >= this.deadlineMs) this.requested.abort();
    return this.hasClaimed && this.requested.signal.aborted;
  }
}

type Progress = { readonly completed: number; readonly remaining: number };
