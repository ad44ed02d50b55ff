/**
 * GroupByKey over windows and triggers, after Beam's `ReduceFnRunner`. It knows nothing of stages and scheduling:
 * elements and watermarks come in, panes are passed to `emit`.
 *
 * 1. An element is dropped, and counted, iff its own window's max timestamp + allowed lateness < input watermark,
 *    before any merging.
 * 2. A window's timer is first at its max timestamp, then at its expiry. A timer is due iff its time < input watermark.
 *    Due timers fire in order of time, but only when asked (`fireDue`), so that firing can wait for room downstream.
 * 3. Extending a window does not move its timer. The timer moves on when it comes up, so only a window's first element
 *    costs a heap operation.
 * 4. The output watermark is the minimum of the input watermark, the windows' holds, and the earliest timer that is due
 *    but has not fired. It never goes back.
 * 5. A key without open windows is forgotten. Windows closed by a finished trigger are remembered until they expire.
 */
import { roughBytes } from "../operators/rough-bytes";
import { type IntervalWindow, maxTimestampMs, MIN_TIMESTAMP_MS, type KV, type WindowedValue } from "../values";
import { Holds } from "./holds";
import { hull, overlapping, position, sameBounds } from "./merging-windows";
import { closedId, type Group, openWindow, type OpenWindow } from "./open-window";
import { nextPane } from "./pane";
import { type Random, shuffle } from "./random";
import { EventTimers, ProcessingTimers } from "./window-timers";
import { expiryMs, hasDefaultTrigger, type Strategy } from "./windowing-strategy";

export interface GroupByKeyOptions {
  readonly strategy: Strategy;
  /** Returns equal strings for equal keys, and different strings for different keys. */
  readonly encodeKey: (key: unknown) => string;
  readonly emit: (pane: WindowedValue<KV<unknown, readonly unknown[]>>) => void;
  /** Returns the processing time in milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Shuffles the values of each pane, for tests. */
  readonly random?: Random;
}

export class GroupByKey {
  /** Number of dropped late elements; an element counts once per window. */
  droppedDueToLateness = 0;
  droppedDueToClosedWindow = 0;
  openWindows = 0;
  inputWatermarkMs = MIN_TIMESTAMP_MS;
  outputWatermarkMs = MIN_TIMESTAMP_MS;

  private readonly groups = new Map<string, Group>();
  private readonly timers = new EventTimers();
  private readonly processingTimers = new ProcessingTimers();
  private readonly holds: Holds;
  /** Merging windows that a finished trigger has closed, by key and bounds. */
  private readonly closed = new Set<string>();
  private readonly plain: boolean;
  private readonly strategy: Strategy;

  constructor(private readonly options: GroupByKeyOptions) {
    this.strategy = options.strategy;
    this.plain = hasDefaultTrigger(options.strategy);
    this.holds = new Holds(options.strategy.outputTime);
  }

  get keys(): number {
    return this.groups.size;
  }

  add(element: WindowedValue<KV<unknown, unknown>>): void {
    const { key, value } = element.value;
    const bytes = element.bytes ?? roughBytes(value);
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
      this.addTo(open, value, element.timestampMs, bytes);
    }
  }

  /** Moves the input watermark. Nothing fires until `fireDue`. */
  advanceTo(watermarkMs: number): void {
    if (watermarkMs > this.inputWatermarkMs) this.inputWatermarkMs = watermarkMs;
  }

  /** Returns true when `fireDue` has work to do. */
  isDue(): boolean {
    return this.timers.dueMs(this.inputWatermarkMs) < Infinity;
  }

  /** Fires due timers while `hasRoom()`. */
  fireDue(hasRoom: () => boolean): void {
    while (this.isDue() && hasRoom()) {
      const open = this.timers.take();
      if (open !== undefined) this.onTimer(open);
    }
  }

  /** Fires triggers whose processing time has come, while `hasRoom()`. */
  fireProcessingTime(hasRoom: () => boolean): void {
    const nowMs = this.options.nowMs();
    while (this.processingTimers.dueMs() <= nowMs && hasRoom()) {
      const open = this.processingTimers.take();
      if (open === undefined) continue;
      this.fireIfReady(open);
      this.processingTimers.renew(open, nowMs);
    }
  }

  /** Returns the time at which `fireProcessingTime` has work to do; Infinity for never. */
  nextProcessingTimeMs(): number {
    return this.processingTimers.dueMs();
  }

  updateOutputWatermark(): number {
    const dueMs = this.timers.dueMs(this.inputWatermarkMs);
    const nextMs = Math.min(this.inputWatermarkMs, dueMs, this.holds.earliestMs());
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

  /**
   * Returns the window that `window` merges into. Returns undefined when a finished trigger has closed a window with
   * the same bounds.
   */
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
    // The window with the most elements survives, so that merging does not copy the larger side.
    const survivor = merged.reduce((most, other) => (other.values.length > most.values.length ? other : most));
    const states = this.plain ? [] : merged.map((open) => open.trigger!);
    // Beam forgets the panes of windows that are merged away. The merged window starts without panes unless it equals
    // one of them.
    const lastPane = merged.find((open) => sameBounds(open.window, bounds))?.lastPane;
    this.holds.merge(survivor, merged);
    for (const other of merged) {
      if (other === survivor) continue;
      for (const value of other.values) survivor.values.push(value);
      survivor.newCount += other.newCount;
      survivor.bytes += other.bytes;
      other.values = [];
      other.state = "gone";
      this.openWindows -= 1;
    }
    survivor.window = bounds;
    survivor.lastPane = lastPane;
    if (merged.length > 1) group.windows.splice(index, merged.length, survivor);
    if (!this.plain) {
      const state = this.strategy.trigger.createState();
      this.strategy.trigger.onMerge(state, states, this.contextOf(survivor));
      survivor.trigger = state;
    }
    return survivor;
  }

  private addTo(open: OpenWindow, value: unknown, timestampMs: number, bytes: number): void {
    open.values.push(value);
    open.bytes += bytes;
    open.newCount += 1;
    this.holds.addElement(open, timestampMs, this);
    const endMs = maxTimestampMs(open.window);
    open.timerMs = endMs < this.inputWatermarkMs ? expiryMs(open.window, this.strategy) : endMs;
    if (open.timerMs < open.scheduledMs) this.timers.schedule(open);
    if (this.plain) {
      if (endMs < this.inputWatermarkMs) this.fire(open);
      return;
    }
    this.strategy.trigger.onElement(open.trigger!, this.contextOf(open));
    this.fireIfReady(open);
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
    this.timers.schedule(open);
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
    const bytes = open.bytes + roughBytes(open.group.key);
    if (!keeps) {
      open.values = [];
      open.bytes = 0;
    }
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
      bytes,
    });
  }

  /** Closes the window of a finished trigger, which accepts no more elements. */
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

  private contextOf(open: OpenWindow) {
    return {
      endOfWindowReached: maxTimestampMs(open.window) < this.inputWatermarkMs,
      processingTimeMs: this.options.nowMs(),
      merging: this.strategy.merging,
      setProcessingTimer: (timeMs: number) => this.processingTimers.set(open, timeMs),
    };
  }
}
