import { setTimeout as sleep } from "node:timers/promises";
import { once } from "./run-to-end";

/** Time for asking a cluster that answers to cancel a job. Anything that takes longer ends with this process. */
const GRACE_MS = 2_000;

/**
 * Resolves or rejects as `work` does. After `cancel` it resolves with undefined instead of rejecting, at the latest
 * after 2 s, so that a second Ctrl-C never waits for something that hangs.
 */
export async function unlessCancelled<T>(work: Promise<T>, cancel: AbortSignal): Promise<T | undefined> {
  const givenUp = once(cancel).then(() => sleep(GRACE_MS, undefined, { ref: false }));
  try {
    return await Promise.race([work, givenUp]);
  } catch (error) {
    if (cancel.aborted) return undefined;
    throw error;
  }
}
