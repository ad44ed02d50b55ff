/**
 * GroupByKey over windows and triggers, after Beam's `ReduceFnRunner`. Knows nothing of stages and scheduling: elements
 * and watermarks come in, panes go out through `emit`.
 *
 * 1. An element is dropped, and counted, iff its own window's max timestamp + allowed lateness < input watermark: before
 *    any merging.
 * 2. The timer of a window is at its max timestamp, then at its expiry; a timer is due iff its time < input watermark.
 *    Due timers fire in order of time, but only when asked (`fireDue`), so that firing can wait for room downstream.
 * 3. Each open window has at most one valid entry in the timer heap. A window that was extended leaves its entry
 *    where it is; the entry moves on when it comes up. So an element costs no heap operation but its window's first.
 * 4. The output watermark is the least of the input watermark, the windows' holds, and the earliest timer that is due
 *    but has not fired; it never goes back.
 * 5. A key without open windows is forgotten. Windows closed by a finished trigger are remembered until they expire.
 */
import { type IntervalWindow, maxTimestampMs, MIN_TIMESTAMP_MS, type KV, type WindowedValue } from "../values";
import { Holds } from "./holds";
import { hull, overlapping, position, sameBounds } from "./merging-windows";
import { MinHeap } from "./min-heap";
import { type Group, openWindow, type OpenWindow } from "./open-window";
import { nextPane } from "./pane";
import { type Random, shuffle } from "./random";
import { expiryMs, hasDefaultTrigger, type Strategy } from "./windowing-strategy";

export interface GroupByKeyOptions {
  readonly strategy: Strategy;
  /** Equal strings for equal keys, different ones for different keys. */
  readonly encodeKey: (key: unknown) => string;
  readonly emit: (pane: WindowedValue<KV<unknown, readonly unknown[]>>) => void;
  /** Processing time, milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Shuffles the values of each pane. */
  readonly random?: Random;
}

export class GroupByKey {
  /** Elements, counted once per window that was too late. */
  droppedDueToLateness = 0;
  droppedDueToClosedWindow = 0;
  openWindows = 0;
  inputWatermarkMs = MIN_TIMESTAMP_MS;
  outputWatermarkMs = MIN_TIMESTAMP_MS;

  private readonly groups = new Map<string, Group>();
  private readonly timers = new MinHeap<OpenWindow>(
    ({ item, timeMs }) => item.state === "gone" || item.scheduledMs !== timeMs,
  );
  private readonly processingTimers = new MinHeap<OpenWindow>(({ item }) => item.state !== "open");
  private readonly holds = new Holds();
  /** Merging windows that a finished trigger closed, by key and bounds. */
  private readonly closed = new Set<string>();
  private readonly plain: boolean;
  private readonly strategy: Strategy;

  constructor(private readonly options: GroupByKeyOptions) {
    this.strategy = options.strategy;
    this.plain = hasDefaultTrigger(options.strategy);
  }

  get keys(): number {
    return this.groups.size;
  }

  add(element: WindowedValue<KV<unknown, unknown>>): void {
    const { key, value } = element.value;
    const encodedKey = this.options.encodeKey(key);
    for (const window of element.windows) {
      if (expiryMs(window, this.strategy) < this.inputWatermarkMs) {
        this.droppedDueToLateness += 1;
        continue;
      }
      let group = this.groups.get(encodedKey);
      if (group === undefined) {
        group = { encodedKey, key, windows: [] };
        this.groups.set(encodedKey, group);
      }
      const open = this.strategy.merging ? this.mergedWindow(group, window) : this.ownWindow(group, window);
      if (open === undefined || open.state === "closed") {
        this.droppedDueToClosedWindow += 1;
        this.forgetIfEmpty(group);
        continue;
      }
      this.addTo(open, value, element.timestampMs);
    }
  }

  /** Moves the input watermark; `fireDue` does what follows from it. */
  advanceTo(watermarkMs: number): void {
    if (watermarkMs > this.inputWatermarkMs) this.inputWatermarkMs = watermarkMs;
  }

  /** Whether `fireDue` has something to do. */
  isDue(): boolean {
    const top = this.timers.peek();
    return top !== undefined && top.timeMs < this.inputWatermarkMs;
  }

  /** Fires timers that are due while `hasRoom()`. */
  fireDue(hasRoom: () => boolean): void {
    let top = this.timers.peek();
    while (top !== undefined && top.timeMs < this.inputWatermarkMs) {
      if (!hasRoom()) return;
      this.timers.pop();
      const open = top.item;
      if (open.state !== "gone" && open.scheduledMs === top.timeMs) {
        open.scheduledMs = Infinity;
        if (open.timerMs > top.timeMs) this.schedule(open);
        else this.onTimer(open);
      }
      top = this.timers.peek();
    }
  }

  /** Fires the triggers whose processing time has come, while `hasRoom()`. */
  fireProcessingTime(hasRoom: () => boolean): void {
    const nowMs = this.options.nowMs();
    let top = this.processingTimers.peek();
    while (top !== undefined && top.timeMs < nowMs) {
      if (!hasRoom()) return;
      this.processingTimers.pop();
      this.fireIfReady(top.item);
      top = this.processingTimers.peek();
    }
  }

  /** When `fireProcessingTime` next has something to do; Infinity for never. */
  nextProcessingTimeMs(): number {
    const top = this.processingTimers.peek();
    return top === undefined ? Infinity : top.timeMs + 1;
  }

  updateOutputWatermark(): number {
    const top = this.timers.peek();
    const dueMs = top !== undefined && top.timeMs < this.inputWatermarkMs ? top.timeMs : Infinity;
    const holdMs = this.strategy.outputTime === "endOfWindow" ? Infinity : this.holds.earliestMs();
    const nextMs = Math.min(this.inputWatermarkMs, dueMs, holdMs);
    if (nextMs > this.outputWatermarkMs) this.outputWatermarkMs = nextMs;
    return this.outputWatermarkMs;
  }

  private ownWindow(group: Group, window: IntervalWindow): OpenWindow {
    const index = position(group.windows, window);
    const found = group.windows[index];
    if (found !== undefined && sameBounds(found.window, window)) return found;
    return this.insert(group, index, window);
  }

  private insert(group: Group, index: number, window: IntervalWindow): OpenWindow {
    const open = openWindow(group, window);
    if (!this.plain) open.trigger = this.strategy.trigger.createState();
    group.windows.splice(index, 0, open);
    this.openWindows += 1;
    return open;
  }

  /** The window that `window` merges into; undefined when a finished trigger has closed exactly this one. */
  private mergedWindow(group: Group, window: IntervalWindow): OpenWindow | undefined {
    const { from, to } = overlapping(group.windows, window);
    if (from === to) {
      if (this.closed.size > 0 && this.closed.has(closedId(group, window))) return undefined;
      return this.insert(group, from, window);
    }
    const merged = group.windows.slice(from, to);
    const bounds = merged.reduce((sum, other) => hull(other.window, sum), window);
    const [first] = merged;
    if (merged.length === 1 && bounds === first!.window) return first!;
    return this.merge(group, from, merged, bounds);
  }

  private merge(group: Group, index: number, merged: readonly OpenWindow[], bounds: IntervalWindow): OpenWindow {
    // The window with most elements takes in the others, so that bridging a gap does not copy the larger side.
    const survivor = merged.reduce((most, other) => (other.values.length > most.values.length ? other : most));
    const states = this.plain ? [] : merged.map((open) => open.trigger!);
    // Beam forgets the panes of windows that are merged away: the merged window starts anew unless it is one of them.
    const lastPane = merged.find((open) => sameBounds(open.window, bounds))?.lastPane;
    const holdMs = this.combinedHoldMs(merged);
    for (const other of merged) {
      if (other === survivor) continue;
      for (const value of other.values) survivor.values.push(value);
      survivor.newCount += other.newCount;
      other.values = [];
      other.state = "gone";
      this.openWindows -= 1;
    }
    survivor.window = bounds;
    survivor.lastPane = lastPane;
    if (holdMs !== undefined) this.hold(survivor, holdMs);
    if (merged.length > 1) group.windows.splice(index, merged.length, survivor);
    if (!this.plain) {
      const state = this.strategy.trigger.createState();
      this.strategy.trigger.onMerge(state, states, this.contextOf(survivor));
      survivor.trigger = state;
    }
    return survivor;
  }

  private addTo(open: OpenWindow, value: unknown, timestampMs: number): void {
    open.values.push(value);
    open.newCount += 1;
    if (this.strategy.outputTime !== "endOfWindow") this.holdElement(open, timestampMs);
    const endMs = maxTimestampMs(open.window);
    open.timerMs = endMs < this.inputWatermarkMs ? expiryMs(open.window, this.strategy) : endMs;
    if (open.timerMs < open.scheduledMs) this.schedule(open);
    if (this.plain) {
      if (endMs < this.inputWatermarkMs) this.fire(open);
      return;
    }
    this.strategy.trigger.onElement(open.trigger!, this.contextOf(open));
    this.fireIfReady(open);
  }

  private schedule(open: OpenWindow): void {
    open.scheduledMs = open.timerMs;
    this.timers.push(open.timerMs, open);
  }

  private onTimer(open: OpenWindow): void {
    const expiresMs = expiryMs(open.window, this.strategy);
    if (open.timerMs >= expiresMs) {
      if (open.state === "open") this.emitPane(open, true);
      this.drop(open);
      return;
    }
    if (open.state === "open") this.fireIfReady(open);
    open.timerMs = expiresMs;
    this.schedule(open);
  }

  private fireIfReady(open: OpenWindow): void {
    if (open.state !== "open") return;
    if (this.plain || this.strategy.trigger.shouldFire(open.trigger!, this.contextOf(open))) this.fire(open);
  }

  private fire(open: OpenWindow): void {
    if (!this.plain) this.strategy.trigger.onFire(open.trigger!, this.contextOf(open));
    const finished = open.trigger?.finished ?? false;
    this.emitPane(open, finished);
    if (finished) this.close(open);
  }

  private emitPane(open: OpenWindow, isLast: boolean): void {
    const pane = nextPane(
      open.window,
      open.lastPane,
      { inputMs: this.inputWatermarkMs, outputMs: this.outputWatermarkMs },
      isLast,
    );
    const timestampMs = Math.min(open.holdMs ?? Infinity, maxTimestampMs(open.window));
    const { strategy } = this;
    const wanted =
      open.newCount > 0 || (pane.timing === "ON_TIME" && strategy.onTimeAlways) || (isLast && strategy.closeAlways);
    const keeps = strategy.accumulating && !isLast;
    const values = keeps ? open.values.slice() : open.values;
    if (!keeps) open.values = [];
    open.newCount = 0;
    open.holdMs = undefined;
    if (!wanted) return;
    open.lastPane = pane;
    if (this.options.random !== undefined) shuffle(values, this.options.random);
    this.options.emit({
      value: { key: open.group.key, value: values },
      timestampMs,
      windows: [open.window],
      pane,
    });
  }

  /** A finished trigger takes no more elements. */
  private close(open: OpenWindow): void {
    open.state = "closed";
    open.values = [];
    open.trigger = undefined;
    this.openWindows -= 1;
    if (!this.strategy.merging) return;
    this.closed.add(closedId(open.group, open.window));
    this.removeFromGroup(open);
  }

  private drop(open: OpenWindow): void {
    if (open.state === "open") this.openWindows -= 1;
    if (open.state === "closed" && this.strategy.merging) this.closed.delete(closedId(open.group, open.window));
    else this.removeFromGroup(open);
    open.state = "gone";
    open.trigger = undefined;
  }

  private removeFromGroup(open: OpenWindow): void {
    const { windows } = open.group;
    const index = position(windows, open.window);
    if (windows[index] === open) windows.splice(index, 1);
    this.forgetIfEmpty(open.group);
  }

  private forgetIfEmpty(group: Group): void {
    if (group.windows.length === 0) this.groups.delete(group.encodedKey);
  }

  /** An element behind the output watermark, or in a window that is over, cannot hold anything back any more. */
  private holdElement(open: OpenWindow, timestampMs: number): void {
    if (timestampMs < this.outputWatermarkMs || maxTimestampMs(open.window) < this.inputWatermarkMs) return;
    const combine = this.strategy.outputTime === "earliest" ? Math.min : Math.max;
    this.hold(open, open.holdMs === undefined ? timestampMs : combine(open.holdMs, timestampMs));
  }

  private combinedHoldMs(merged: readonly OpenWindow[]): number | undefined {
    const holds = merged.flatMap((open) => open.holdMs ?? []);
    if (holds.length === 0) return undefined;
    return this.strategy.outputTime === "earliest" ? Math.min(...holds) : Math.max(...holds);
  }

  private hold(open: OpenWindow, holdMs: number): void {
    const moved = open.holdMs;
    open.holdMs = holdMs;
    if (moved === undefined || holdMs < moved) this.holds.add(open);
  }

  private contextOf(open: OpenWindow) {
    return {
      endOfWindowReached: maxTimestampMs(open.window) < this.inputWatermarkMs,
      processingTimeMs: this.options.nowMs(),
      merging: this.strategy.merging,
      setProcessingTimer: (timeMs: number) => this.processingTimers.push(timeMs, open),
    };
  }
}

function closedId(group: Group, window: IntervalWindow): string {
  return `${window.startMs},${window.endMs},${group.encodedKey}`;
}
