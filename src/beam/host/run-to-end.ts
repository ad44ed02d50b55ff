/** A run from its start to its end, however that comes: by itself, by a wish to stop, or by a failure. */
import type { PipelineRun } from "../runner";
import type { StopSignals } from "./stop-signals";

export interface RunToEnd {
  readonly signals: Pick<StopSignals, "drain" | "cancel">;
  /** Rejects when something that the run needs ends unasked; never resolves. */
  readonly failure: Promise<never>;
  /** Told before the run is asked to stop. */
  readonly onDrain: () => void;
}

/**
 * Resolves when the run has ended as it should. Rejects, with the run cancelled, when it fails, when what it needs fails,
 * or when it cannot be stopped as it was asked to be.
 */
export async function runToEnd(run: PipelineRun, { signals, failure, onDrain }: RunToEnd): Promise<void> {
  // Either may have come while the job was being submitted.
  const drained = once(signals.drain).then(() => {
    onDrain();
    return run.drain();
  });
  const cancelled = once(signals.cancel).then(() => run.cancel());
  const failed = Promise.race([failure, onlyFailure(drained), onlyFailure(cancelled)]);
  failed.catch(() => undefined);
  try {
    await Promise.race([run.finished, failed]);
    // A job that ends with a savepoint has ended before it is known where that is.
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
