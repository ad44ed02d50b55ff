/**
 * Elements between operators. Times are plain numbers instead of the SDK's `Long` objects, because an allocation per
 * element and timestamp would dominate the hot path.
 *
 * Beam's minimum and maximum timestamps (±9,223,372,036,854,775 ms) do not fit a double exactly, so ours are a little
 * closer to zero. Coders translate the three constants below to Beam's and back; every other instant is exact.
 */

/** Stands for Beam's `BoundedWindow.TIMESTAMP_MIN_VALUE`, in milliseconds since the epoch. */
export const MIN_TIMESTAMP_MS = -9_000_000_000_000_000;
/** Stands for Beam's `BoundedWindow.TIMESTAMP_MAX_VALUE`. A watermark here means "no more input, ever". */
export const MAX_TIMESTAMP_MS = 9_000_000_000_000_000;
/**
 * Stands for `GlobalWindow.maxTimestamp()`: one day before the maximum timestamp, so that the window's timer can still
 * fire.
 */
export const GLOBAL_WINDOW_MAX_TIMESTAMP_MS = MAX_TIMESTAMP_MS - 86_400_000;

/** The half-open interval [startMs, endMs). */
export interface IntervalWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** The single global window; compare by identity. */
export const GLOBAL_WINDOW: IntervalWindow = Object.freeze({
  startMs: MIN_TIMESTAMP_MS,
  endMs: GLOBAL_WINDOW_MAX_TIMESTAMP_MS + 1,
});

/** Returns the last timestamp that belongs to the window. */
export function maxTimestampMs(window: IntervalWindow): number {
  return window.endMs - 1;
}

export type PaneTiming = "EARLY" | "ON_TIME" | "LATE" | "UNKNOWN";

export interface Pane {
  readonly timing: PaneTiming;
  readonly index: number;
  readonly nonSpeculativeIndex: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** The pane of an element before any trigger has fired: the only pane of its window, of unknown timing. */
export const NO_FIRING: Pane = Object.freeze({
  timing: "UNKNOWN",
  index: 0,
  nonSpeculativeIndex: 0,
  isFirst: true,
  isLast: true,
});

export interface WindowedValue<T> {
  readonly value: T;
  readonly timestampMs: number;
  readonly windows: readonly IntervalWindow[];
  readonly pane: Pane;
  /** Estimated memory of the value, where its maker knows it; queues use `roughBytes` otherwise. */
  readonly bytes?: number;
}

/** Beam's KV, in the SDK's own shape. */
export interface KV<K, V> {
  readonly key: K;
  readonly value: V;
}

/** Replaces the value alone; `bytes` was that of the former one. */
export function withValue<T>(element: WindowedValue<unknown>, value: T): WindowedValue<T> {
  return { value, timestampMs: element.timestampMs, windows: element.windows, pane: element.pane };
}
