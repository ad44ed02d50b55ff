/**
 * Operations on sorted arrays of windows.
 *
 * 1. Windows are half-open: [a, b) and [b, c) only touch. They neither overlap nor merge.
 * 2. Overlapping windows merge into their hull, which overlaps no other window. So in an array of disjoint sorted
 *    windows, those that a new window overlaps are neighbours.
 */
import type { IntervalWindow } from "../values";

interface Windowed {
  readonly window: IntervalWindow;
}

/**
 * Returns the range [from, to) of the entries of `sorted` that overlap `window`. The entries are disjoint and sorted by
 * start.
 */
export function overlapping(
  sorted: readonly Windowed[],
  window: IntervalWindow,
): { readonly from: number; readonly to: number } {
  const from = firstIndex(sorted, (other) => other.endMs > window.startMs);
  let to = from;
  while (to < sorted.length && sorted[to]!.window.startMs < window.endMs) to += 1;
  return { from, to };
}

/** Returns the index of `window` in `sorted` (by start, then end), or the index where it belongs. */
export function position(sorted: readonly Windowed[], window: IntervalWindow): number {
  return firstIndex(
    sorted,
    (other) => other.startMs > window.startMs || (other.startMs === window.startMs && other.endMs >= window.endMs),
  );
}

export function sameBounds(a: IntervalWindow, b: IntervalWindow): boolean {
  return a.startMs === b.startMs && a.endMs === b.endMs;
}

export function hull(a: IntervalWindow, b: IntervalWindow): IntervalWindow {
  if (a.startMs <= b.startMs && a.endMs >= b.endMs) return a;
  return { startMs: Math.min(a.startMs, b.startMs), endMs: Math.max(a.endMs, b.endMs) };
}

/**
 * Finds the first window for which `test` is true, by binary search. `test` must be false for some first windows and
 * true for all others.
 */
function firstIndex(sorted: readonly Windowed[], test: (window: IntervalWindow) => boolean): number {
  // Checks the end first, because new windows mostly belong there.
  if (sorted.length === 0 || !test(sorted[sorted.length - 1]!.window)) return sorted.length;
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(sorted[middle]!.window)) high = middle;
    else low = middle + 1;
  }
  return low;
}
