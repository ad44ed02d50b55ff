/**
 * Triggers as pure state machines, after Beam's `TriggerStateMachine`s: all state is in a `TriggerState` tree that
 * belongs to one key and window, so that windows can merge by merging trees.
 *
 * 1. The caller asks `shouldFire` after elements, after merges and when a timer fires, and calls `onFire` only if true.
 * 2. Adding an element never turns `shouldFire` from true to false.
 * 3. A finished root trigger closes its window: later elements of the window are dropped.
 * 4. The end of the window is reached when the input watermark is *behind* it: watermark > max timestamp.
 */
export interface TriggerState {
  finished: boolean;
  /** Elements seen, of an element count. */
  count: number;
  /** Processing time to fire after; undefined before the first element. */
  dueMs: number | undefined;
  readonly children: readonly TriggerState[];
}

/** What a trigger knows about its window at the moment of a call. Times in milliseconds since the epoch. */
export interface TriggerContext {
  readonly endOfWindowReached: boolean;
  readonly processingTimeMs: number;
  readonly merging: boolean;
  /** Asks for a look at `shouldFire` once processing time is after `timeMs`. */
  setProcessingTimer(timeMs: number): void;
}

export interface Trigger {
  createState(): TriggerState;
  onElement(state: TriggerState, context: TriggerContext): void;
  /** Fills `state`, a fresh one, from the states of the windows merged into one; `context` is the merged window's. */
  onMerge(state: TriggerState, merged: readonly TriggerState[], context: TriggerContext): void;
  shouldFire(state: TriggerState, context: TriggerContext): boolean;
  onFire(state: TriggerState, context: TriggerContext): void;
}

export function triggerState(children: readonly TriggerState[] = []): TriggerState {
  return { finished: false, count: 0, dueMs: undefined, children };
}

/** Back to the state before the first element. */
export function reset(state: TriggerState): void {
  state.finished = false;
  state.count = 0;
  state.dueMs = undefined;
  state.children.forEach(reset);
}

/** The `index`th child of each state. */
export function childrenOf(states: readonly TriggerState[], index: number): TriggerState[] {
  return states.map((state) => state.children[index]!);
}
