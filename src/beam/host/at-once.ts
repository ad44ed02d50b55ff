import { setTimeout as sleep } from "node:timers/promises";
import { once } from "./run-to-end";

/** Enough to ask a cluster that answers to cancel a job; what is left then ends with this process. */
const GRACE_MS = 2_000;

/**
 * Resolves or rejects as `work` does. After `cancel` it resolves with undefined instead of rejecting, and does so at the
 * latest 2 s after it: who asks for an end twice waits for nothing that hangs.
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
