/**
 * Main-input elements whose side inputs are not ready, by window.
 *
 * 1. These elements hold the stage's input watermark like queued ones, but do not count as queued. If they made the
 *    stage full, a producer of both inputs would stop before it could make the side input ready.
 */
import type { IntervalWindow, WindowedValue } from "../values";
import { windowId } from "./side-input-node";

interface Parked {
  readonly window: IntervalWindow;
  readonly elements: WindowedValue<unknown>[];
  minTimestampMs: number;
}

export class ParkedElements {
  private readonly byWindow = new Map<string, Parked>();

  get size(): number {
    let size = 0;
    for (const { elements } of this.byWindow.values()) size += elements.length;
    return size;
  }

  /** Adds an element, which must have exactly one window. */
  add(element: WindowedValue<unknown>): void {
    const window = element.windows[0]!;
    const id = windowId(window);
    const parked = this.byWindow.get(id) ?? { window, elements: [], minTimestampMs: Infinity };
    parked.elements.push(element);
    parked.minTimestampMs = Math.min(parked.minTimestampMs, element.timestampMs);
    this.byWindow.set(id, parked);
  }

  /** Hands out and removes the elements of all ready windows. */
  release(isReady: (window: IntervalWindow) => boolean, take: (element: WindowedValue<unknown>) => void): void {
    for (const [id, { window, elements }] of this.byWindow) {
      if (!isReady(window)) continue;
      this.byWindow.delete(id);
      elements.forEach(take);
    }
  }

  minTimestampMs(): number {
    let least = Infinity;
    for (const parked of this.byWindow.values()) least = Math.min(least, parked.minTimestampMs);
    return least;
  }
}
