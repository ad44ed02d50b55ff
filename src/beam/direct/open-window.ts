import type { IntervalWindow, Pane } from "../values";
import type { TriggerState } from "./triggers/trigger";

/** All open windows of one key. */
export interface Group {
  readonly encodedKey: string;
  readonly key: unknown;
  /** Sorted by start, then end; when windows merge, no two of them overlap. */
  readonly windows: OpenWindow[];
}

/** State of one key and window, from its first element until it has expired. */
export interface OpenWindow {
  readonly group: Group;
  window: IntervalWindow;
  values: unknown[];
  /** Elements since the last pane. */
  newCount: number;
  /** The output timestamp of the next pane so far, which holds the output watermark; undefined when nothing holds it. */
  holdMs: number | undefined;
  lastPane: Pane | undefined;
  trigger: TriggerState | undefined;
  /** When to look at this window next, in event time: its end, or its expiry. */
  timerMs: number;
  /** Time of its valid entry in the heap of event times; `timerMs` or earlier; Infinity when there is none. */
  scheduledMs: number;
  /** The same in the heap of processing times. */
  processingMs: number;
  state: "open" | "closed" | "gone";
}

export function openWindow(group: Group, window: IntervalWindow): OpenWindow {
  return {
    group,
    window,
    values: [],
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
