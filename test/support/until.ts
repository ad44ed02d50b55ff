import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 50;

/** Waits until the condition holds; throws with `what` when that takes too long. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, limitMs = 30_000): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`after ${limitMs} ms still not true: ${what}`);
    await sleep(POLL_MS);
  }
}
