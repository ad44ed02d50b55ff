import type { IntervalWindow, Pane } from "../values";
import type { TriggerState } from "./triggers/trigger";

/** The open windows of one key. */
export interface Group {
  readonly encodedKey: string;
  readonly key: unknown;
  /** Sorted by start, then end. Windows that merge are disjoint. */
  readonly windows: OpenWindow[];
}

/** The state of one key and window, from its first element until it has expired. */
export interface OpenWindow {
  readonly group: Group;
  window: IntervalWindow;
  values: unknown[];
  /** Estimated memory of the values. */
  bytes: number;
  /** Number of elements since the last pane. */
  newCount: number;
  /** Output timestamp of the next pane so far. It holds the output watermark; undefined when nothing does. */
  holdMs: number | undefined;
  lastPane: Pane | undefined;
  trigger: TriggerState | undefined;
  /** Event time of the next timer: the window's end, or its expiry. */
  timerMs: number;
  /** Time of the window's valid entry in the heap of event times: `timerMs` or earlier; Infinity without an entry. */
  scheduledMs: number;
  /** Time of its valid entry in the heap of processing times; Infinity without an entry. */
  processingMs: number;
  state: "open" | "closed" | "gone";
}

export function openWindow(group: Group, window: IntervalWindow): OpenWindow {
  return {
    group,
    window,
    values: [],
    bytes: 0,
    newCount: 0,
    holdMs: undefined,
    lastPane: undefined,
    trigger: undefined,
    timerMs: Infinity,
    scheduledMs: Infinity,
    processingMs: Infinity,
    state: "open",
  };
}

/** Names a key's window among those that take nothing more. */
export function closedId({ encodedKey }: Group, { startMs, endMs }: IntervalWindow): string {
  return `${startMs},${endMs},${encodedKey}`;
}
