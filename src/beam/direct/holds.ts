import { maxTimestampMs } from "../values";
import { MinHeap } from "./min-heap";
import type { OpenWindow } from "./open-window";
import type { OutputTime } from "./windowing-strategy";

/**
 * The holds that open windows put on the output watermark: the timestamps of their next panes so far. Windows do not
 * hold it when their panes have the timestamp of the window's end.
 *
 * 1. A heap entry is valid if its window is open and holds at the entry's time. A window that moved its hold to a later
 *    time is entered again when its old entry comes up. One that moved it to an earlier time is entered again at once.
 */
export class Holds {
  private readonly heap = new MinHeap<OpenWindow>(({ item }) => item.state !== "open" || item.holdMs === undefined);

  constructor(private readonly outputTime: OutputTime) {}

  /** Returns the earliest hold; Infinity when there is none. */
  earliestMs(): number {
    for (;;) {
      const top = this.heap.peek();
      if (top === undefined) return Infinity;
      const { holdMs, state } = top.item;
      if (state === "open" && holdMs === top.timeMs) return holdMs;
      this.heap.pop();
      if (state === "open" && holdMs !== undefined && holdMs > top.timeMs) this.heap.push(holdMs, top.item);
    }
  }

  /** An element behind the output watermark, or in a window that is over, cannot hold the watermark any more. */
  addElement(
    open: OpenWindow,
    timestampMs: number,
    watermarks: { readonly inputWatermarkMs: number; readonly outputWatermarkMs: number },
  ): void {
    if (this.outputTime === "endOfWindow") return;
    if (timestampMs < watermarks.outputWatermarkMs) return;
    if (maxTimestampMs(open.window) < watermarks.inputWatermarkMs) return;
    this.hold(open, this.combined(open.holdMs === undefined ? [timestampMs] : [open.holdMs, timestampMs]));
  }

  /** Must be called before the merged windows are removed. */
  merge(survivor: OpenWindow, merged: readonly OpenWindow[]): void {
    const holds = merged.flatMap((open) => open.holdMs ?? []);
    if (holds.length > 0) this.hold(survivor, this.combined(holds));
  }

  private combined(holds: readonly number[]): number {
    return this.outputTime === "earliest" ? Math.min(...holds) : Math.max(...holds);
  }

  private hold(open: OpenWindow, holdMs: number): void {
    const moved = open.holdMs;
    open.holdMs = holdMs;
    if (moved === undefined || holdMs < moved) this.heap.push(holdMs, open);
  }
}
