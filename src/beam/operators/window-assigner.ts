/** Assigns timestamps to windows, for Beam's standard window functions (standard_window_fns.proto). */
import { FixedWindowsPayload, type runnerApi, SessionWindowsPayload, SlidingWindowsPayload } from "../sdk";
import { GLOBAL_WINDOW, type IntervalWindow } from "../values";

export type WindowAssigner = (timestampMs: number) => readonly IntervalWindow[];

const GLOBAL: readonly IntervalWindow[] = Object.freeze([GLOBAL_WINDOW]);

/**
 * Returns undefined for a function that is not a standard one, or whose payload has no positive duration: the SDK
 * writes durations in whole seconds, so half a second becomes zero.
 */
export function standardWindowAssigner(windowFn: runnerApi.FunctionSpec): WindowAssigner | undefined {
  switch (windowFn.urn) {
    case "beam:window_fn:global_windows:v1":
      return () => GLOBAL;
    case "beam:window_fn:fixed_windows:v1": {
      const { size, offset } = FixedWindowsPayload.fromBinary(windowFn.payload);
      return toMs(size) > 0 ? fixedWindows(toMs(size), toMs(offset)) : undefined;
    }
    case "beam:window_fn:sliding_windows:v1": {
      const { size, period, offset } = SlidingWindowsPayload.fromBinary(windowFn.payload);
      return toMs(size) > 0 && toMs(period) > 0 ? slidingWindows(toMs(size), toMs(period), toMs(offset)) : undefined;
    }
    case "beam:window_fn:session_windows:v1": {
      const gapMs = toMs(SessionWindowsPayload.fromBinary(windowFn.payload).gapSize);
      return gapMs > 0 ? (startMs) => [{ startMs, endMs: startMs + gapMs }] : undefined;
    }
    default:
      return undefined;
  }
}

function fixedWindows(sizeMs: number, offsetMs: number): WindowAssigner {
  return (timestampMs) => {
    const startMs = timestampMs - floorMod(timestampMs - offsetMs, sizeMs);
    return [{ startMs, endMs: startMs + sizeMs }];
  };
}

function slidingWindows(sizeMs: number, periodMs: number, offsetMs: number): WindowAssigner {
  return (timestampMs) => {
    const windows: IntervalWindow[] = [];
    const lastStartMs = timestampMs - floorMod(timestampMs - offsetMs, periodMs);
    for (let startMs = lastStartMs; startMs > timestampMs - sizeMs; startMs -= periodMs) {
      windows.push({ startMs, endMs: startMs + sizeMs });
    }
    return windows;
  };
}

/** Works like `%` but never returns a negative number: times before 1970 have windows, too. */
function floorMod(value: number, modulus: number): number {
  const rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
}

function toMs(duration: { readonly seconds: bigint; readonly nanos: number } | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + Math.floor(duration.nanos / 1_000_000);
}
