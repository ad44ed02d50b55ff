import type { PaneTiming } from "../../values";
import type { Collected } from "./collected";
import { group } from "./grouping";

/** A pane in the form that rules about triggers compare. */
export interface PaneOf {
  readonly values: readonly unknown[];
  readonly timing: PaneTiming;
  readonly index: number;
  readonly nonSpeculativeIndex: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Returns the panes of one key, in the order of their indices. */
export function panesOf(collected: readonly Collected[], key: unknown): PaneOf[] {
  return collected
    .map((element) => ({ ...group(element), pane: element.pane }))
    .filter((element) => element.key === key)
    .map(({ value, pane }) => ({ values: value, ...pane }))
    .sort((a, b) => a.index - b.index);
}

/** Makes a pane with the number `index`. `nonSpeculativeIndex` counts panes since the first that was not early. */
export function pane(
  values: readonly unknown[],
  timing: PaneTiming,
  index: number,
  nonSpeculativeIndex: number,
  isLast = false,
): PaneOf {
  return { values, timing, index, nonSpeculativeIndex, isFirst: index === 0, isLast };
}
