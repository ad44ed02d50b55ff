/** Follows a run to its end, which may come by itself, by a request to stop, or by a failure. */
import type { PipelineRun } from "../runner";
import type { StopSignals } from "./stop-signals";

export interface RunToEnd {
  readonly signals: Pick<StopSignals, "drain" | "cancel">;
  /** Rejects when a service that the run needs ends unexpectedly. Never resolves. */
  readonly failure: Promise<never>;
  /** Called before the run is asked to stop. */
  readonly onDrain: () => void;
}

/**
 * Resolves when the run has ended normally. Rejects, after cancelling the run, when the run or a service fails, or when
 * the run cannot be stopped.
 */
export async function runToEnd(run: PipelineRun, { signals, failure, onDrain }: RunToEnd): Promise<void> {
  // Signals may have been aborted while the job was being submitted.
  const drained = once(signals.drain).then(() => {
    onDrain();
    return run.drain();
  });
  const cancelled = once(signals.cancel).then(() => run.cancel());
  const failed = Promise.race([failure, onlyFailure(drained), onlyFailure(cancelled)]);
  failed.catch(() => undefined);
  try {
    await Promise.race([run.finished, failed]);
    // The job ends before the path of its savepoint is known, so the stop must be awaited.
    if (signals.drain.aborted) await Promise.race([drained, cancelled, failed]);
  } catch (error) {
    await run.cancel().catch(() => undefined);
    throw error;
  }
}

/** Resolves once the signal is aborted. */
export function once(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

function onlyFailure(promise: Promise<void>): Promise<never> {
  return promise.then(() => new Promise<never>(() => undefined));
}
