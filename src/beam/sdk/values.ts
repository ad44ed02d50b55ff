/**
 * Converts between our plain values and the SDK's objects, for user code written against the SDK. Beam's minimum and
 * maximum timestamps become our constants and back. Every other instant is exact (see values.ts).
 */
import Long from "long";
import { SdkGlobalWindow, type SdkInstant, SdkIntervalWindow, type SdkPaneInfo, SdkTiming, type SdkWindow } from ".";
import { UsageError } from "../error";
import { kindOf } from "./refused-values";
import {
  GLOBAL_WINDOW,
  GLOBAL_WINDOW_MAX_TIMESTAMP_MS,
  type IntervalWindow,
  MAX_TIMESTAMP_MS,
  MIN_TIMESTAMP_MS,
  type Pane,
} from "../values";

/** Beam's `BoundedWindow.TIMESTAMP_MAX_VALUE`: Java's `Long.MAX_VALUE` in microseconds, as whole milliseconds. */
const BEAM_MAX_TIMESTAMP = Long.MAX_VALUE.div(1000);
const BEAM_MIN_TIMESTAMP = Long.MIN_VALUE.div(1000);
const BEAM_GLOBAL_WINDOW_MAX_TIMESTAMP = BEAM_MAX_TIMESTAMP.sub(86_400_000);

export function toSdkInstant(timestampMs: number): SdkInstant {
  if (timestampMs >= MAX_TIMESTAMP_MS) return BEAM_MAX_TIMESTAMP;
  if (timestampMs <= MIN_TIMESTAMP_MS) return BEAM_MIN_TIMESTAMP;
  if (timestampMs === GLOBAL_WINDOW_MAX_TIMESTAMP_MS) return BEAM_GLOBAL_WINDOW_MAX_TIMESTAMP;
  return Long.fromNumber(timestampMs);
}

/**
 * Converts an instant. It also accepts a plain number, which user code easily returns where the SDK expects its
 * instant.
 */
export function fromSdkInstant(instant: SdkInstant | number): number {
  if (typeof instant === "number") return Math.min(Math.max(instant, MIN_TIMESTAMP_MS), MAX_TIMESTAMP_MS);
  if (instant.equals(BEAM_GLOBAL_WINDOW_MAX_TIMESTAMP)) return GLOBAL_WINDOW_MAX_TIMESTAMP_MS;
  return Math.min(Math.max(instant.toNumber(), MIN_TIMESTAMP_MS), MAX_TIMESTAMP_MS);
}

export function toSdkWindow(window: IntervalWindow): SdkWindow {
  if (window === GLOBAL_WINDOW) return new SdkGlobalWindow();
  return new SdkIntervalWindow(toSdkInstant(window.startMs), toSdkInstant(window.endMs));
}

export function fromSdkWindow(window: SdkWindow): IntervalWindow {
  if (window instanceof SdkGlobalWindow) return GLOBAL_WINDOW;
  if (!(window instanceof SdkIntervalWindow)) {
    throw new UsageError(`Workers know global windows and intervals, not ${kindOf(window)}`);
  }
  return { startMs: fromSdkInstant(window.start), endMs: fromSdkInstant(window.end) };
}

export function toSdkPane(pane: Pane): SdkPaneInfo {
  const { timing, index, nonSpeculativeIndex, isFirst, isLast } = pane;
  return { timing: SdkTiming[timing], index, onTimeIndex: nonSpeculativeIndex, isFirst, isLast };
}

export function fromSdkPane(pane: SdkPaneInfo): Pane {
  const { timing, index, onTimeIndex, isFirst, isLast } = pane;
  return { timing, index, nonSpeculativeIndex: onTimeIndex, isFirst, isLast };
}
