import { type IntervalWindow, maxTimestampMs, type Pane, type PaneTiming } from "../values";

/**
 * Returns the pane that follows `previous` in `window`, as Beam's `PaneInfoTracker` numbers it. It is EARLY until the
 * input watermark is behind the window's end; then ON_TIME once, unless the output watermark has already passed the
 * end; then LATE.
 */
export function nextPane(
  window: IntervalWindow,
  previous: Pane | undefined,
  watermarks: { readonly inputMs: number; readonly outputMs: number },
  isLast: boolean,
): Pane {
  const timing = timingOf(maxTimestampMs(window), previous, watermarks);
  return {
    timing,
    index: previous === undefined ? 0 : previous.index + 1,
    nonSpeculativeIndex: timing === "EARLY" ? -1 : previous === undefined ? 0 : previous.nonSpeculativeIndex + 1,
    isFirst: previous === undefined,
    isLast,
  };
}

function timingOf(
  endMs: number,
  previous: Pane | undefined,
  watermarks: { readonly inputMs: number; readonly outputMs: number },
): PaneTiming {
  const onlyEarlySoFar = previous === undefined || previous.timing === "EARLY";
  if (endMs < watermarks.outputMs || !onlyEarlySoFar) return "LATE";
  return watermarks.inputMs > endMs ? "ON_TIME" : "EARLY";
}
