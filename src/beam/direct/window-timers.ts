/**
 * Timers of open windows.
 *
 * 1. Each open window has at most one valid entry in either heap, at its time or earlier. An entry that comes up too
 *    early is entered again at the right time, so moving a timer to a later time costs nothing.
 */
import { MinHeap } from "./min-heap";
import type { OpenWindow } from "./open-window";
import type { TriggerState } from "./triggers/trigger";

/** Timers in event time: the end of a window, then its expiry (`timerMs`). */
export class EventTimers {
  private readonly heap = new MinHeap<OpenWindow>(
    ({ item, timeMs }) => item.state === "gone" || item.scheduledMs !== timeMs,
  );

  schedule(open: OpenWindow): void {
    open.scheduledMs = open.timerMs;
    this.heap.push(open.timerMs, open);
  }

  /** Returns the earliest time before `watermarkMs`; Infinity when none is due. */
  dueMs(watermarkMs: number): number {
    const top = this.heap.peek();
    return top !== undefined && top.timeMs < watermarkMs ? top.timeMs : Infinity;
  }

  /** Takes the earliest entry. Returns undefined when its window's timer is later, or is gone. */
  take(): OpenWindow | undefined {
    const top = this.heap.pop();
    if (top === undefined) return undefined;
    const { item: open, timeMs } = top;
    if (open.state === "gone" || open.scheduledMs !== timeMs) return undefined;
    open.scheduledMs = Infinity;
    if (open.timerMs === timeMs) return open;
    this.schedule(open);
    return undefined;
  }
}

/** Timers in processing time, for the triggers of windows. */
export class ProcessingTimers {
  private readonly heap = new MinHeap<OpenWindow>(
    ({ item, timeMs }) => item.state !== "open" || item.processingMs !== timeMs,
  );

  get size(): number {
    return this.heap.size;
  }

  set(open: OpenWindow, timeMs: number): void {
    if (timeMs >= open.processingMs) return;
    open.processingMs = timeMs;
    this.heap.push(timeMs, open);
  }

  /** Returns the time when the first entry is due; Infinity for never. A trigger fires after its time, not at it. */
  dueMs(): number {
    const top = this.heap.peek();
    return top === undefined ? Infinity : top.timeMs + 1;
  }

  /** Takes the earliest entry. Returns undefined when its window has another entry, or is not open any more. */
  take(): OpenWindow | undefined {
    const top = this.heap.pop();
    if (top === undefined || top.item.state !== "open" || top.item.processingMs !== top.timeMs) return undefined;
    top.item.processingMs = Infinity;
    return top.item;
  }

  /** Enters the next time of the trigger of a window whose entry was taken. */
  renew(open: OpenWindow, nowMs: number): void {
    if (open.state === "open" && open.trigger !== undefined) this.set(open, nextDueMs(open.trigger, nowMs));
  }
}

/** Ignores times that have passed: a trigger with such a time waits for something else, too. */
function nextDueMs({ finished, dueMs = Infinity, children }: TriggerState, nowMs: number): number {
  if (finished) return Infinity;
  return children.reduce((least, child) => Math.min(least, nextDueMs(child, nowMs)), dueMs < nowMs ? Infinity : dueMs);
}
