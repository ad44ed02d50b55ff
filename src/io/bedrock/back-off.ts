import type { RetryCause } from "./retry";

/**
 * Bounds of the waits. A throttled call waits long, because quotas are counted by the minute; the others wait briefly,
 * because during an outage the rate controller lets through single probes only, and waiting here would delay recovery.
 */
const WAITS: Readonly<Record<RetryCause, { readonly baseMs: number; readonly capMs: number }>> = {
  throttled: { baseMs: 500, capMs: 20_000 },
  unavailable: { baseMs: 100, capMs: 1_000 },
  timedOut: { baseMs: 100, capMs: 1_000 },
  modelError: { baseMs: 500, capMs: 5_000 },
};

/** Exponential with full jitter: anything from 0 to the bound, which doubles with each retry. `retry` counts from 0. */
export function backOffMs(cause: RetryCause, retry: number, random: () => number): number {
  const { baseMs, capMs } = WAITS[cause];
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(retry, 30));
}
