import { MinHeap } from "./min-heap";
import type { OpenWindow } from "./open-window";

/**
 * The earliest hold of open windows on the output watermark.
 *
 * 1. An entry is valid if its window is open and holds at the entry's time. A window that moved its hold later is
 *    entered again when its old entry comes up; one that moved it earlier must be `add`ed anew at once.
 */
export class Holds {
  private readonly heap = new MinHeap<OpenWindow>(({ item }) => item.state !== "open" || item.holdMs === undefined);

  add(window: OpenWindow): void {
    if (window.holdMs !== undefined) this.heap.push(window.holdMs, window);
  }

  /** Infinity when nothing holds. */
  earliestMs(): number {
    for (;;) {
      const top = this.heap.peek();
      if (top === undefined) return Infinity;
      const { holdMs, state } = top.item;
      if (state === "open" && holdMs === top.timeMs) return holdMs;
      this.heap.pop();
      if (state === "open" && holdMs !== undefined && holdMs > top.timeMs) this.add(top.item);
    }
  }
}
