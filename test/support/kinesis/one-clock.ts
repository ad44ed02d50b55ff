import type { Clocks } from "../../../src/io/kinesis/clocks";

/** A clock that a test sets, for all that is measured. */
export function oneClock(nowMs: () => number): Clocks {
  return { wallMs: nowMs, steadyMs: nowMs };
}
