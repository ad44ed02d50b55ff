import { setImmediate } from "node:timers/promises";

/** Yields to the event loop, because a reader that never waits would keep its own next answer from being received. */
export async function letIoRun(): Promise<void> {
  await setImmediate();
}

/**
 * Resolves with the first of: any of the promises, `delayMs` (may be Infinity), the signal's abort. Leaves no timer or
 * listener behind.
 */
export function firstOf(promises: readonly Promise<void>[], delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined = undefined;
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", settle);
      resolve();
    };
    if (signal.aborted) return settle();
    signal.addEventListener("abort", settle, { once: true });
    if (Number.isFinite(delayMs)) timer = setTimeout(settle, delayMs);
    for (const promise of promises) promise.then(settle, settle);
  });
}
