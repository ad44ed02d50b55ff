/**
 * Main-input elements whose side inputs are not ready, by window.
 *
 * 1. These elements hold the stage's input watermark like queued ones. They make the stage full only where that cannot
 *    keep the side input from becoming ready: parking-bounds.ts says where.
 */
import type { IntervalWindow, WindowedValue } from "../values";
import { bytesOf } from "./element-queue";
import { windowId } from "./side-input-node";

interface Parked {
  readonly window: IntervalWindow;
  readonly elements: WindowedValue<unknown>[];
  bytes: number;
  minTimestampMs: number;
}

export class ParkedElements {
  size = 0;
  /** Size of the values, by `bytesOf`. */
  bytes = 0;
  private readonly byWindow = new Map<string, Parked>();

  /** Adds an element, which must have exactly one window. */
  add(element: WindowedValue<unknown>): void {
    const window = element.windows[0]!;
    const id = windowId(window);
    const parked = this.byWindow.get(id) ?? { window, elements: [], bytes: 0, minTimestampMs: Infinity };
    const bytes = bytesOf(element);
    parked.elements.push(element);
    parked.bytes += bytes;
    this.size += 1;
    this.bytes += bytes;
    parked.minTimestampMs = Math.min(parked.minTimestampMs, element.timestampMs);
    this.byWindow.set(id, parked);
  }

  /** Hands out and removes the elements of all ready windows. */
  release(isReady: (window: IntervalWindow) => boolean, take: (element: WindowedValue<unknown>) => void): void {
    for (const [id, { window, elements, bytes }] of this.byWindow) {
      if (!isReady(window)) continue;
      this.byWindow.delete(id);
      this.size -= elements.length;
      this.bytes -= bytes;
      elements.forEach(take);
    }
  }

  minTimestampMs(): number {
    let least = Infinity;
    for (const parked of this.byWindow.values()) least = Math.min(least, parked.minTimestampMs);
    return least;
  }
}
