/**
 * Triggers as pure state machines, after Beam's `TriggerStateMachine`s. All state is in a `TriggerState` tree that
 * belongs to one key and window, so that windows can merge by merging trees.
 *
 * 1. The caller asks `shouldFire` after elements, after merges and when a timer fires, and calls `onFire` only if it is
 *    true.
 * 2. Adding an element never turns `shouldFire` from true to false.
 * 3. A finished root trigger closes its window: later elements of the window are dropped.
 * 4. The end of the window is reached when the input watermark is *behind* it: watermark > max timestamp.
 */
export interface TriggerState {
  finished: boolean;
  /** Number of elements, in a trigger that counts them. */
  count: number;
  /** The trigger fires after this processing time; undefined before the first element. */
  dueMs: number | undefined;
  readonly children: readonly TriggerState[];
}

/** The state of the window at the moment of a call. Times are milliseconds since the epoch. */
export interface TriggerContext {
  readonly endOfWindowReached: boolean;
  readonly processingTimeMs: number;
  readonly merging: boolean;
  /** Requests a call of `shouldFire` once processing time is after `timeMs`. */
  setProcessingTimer(timeMs: number): void;
}

export interface Trigger {
  createState(): TriggerState;
  onElement(state: TriggerState, context: TriggerContext): void;
  /** Fills the fresh `state` from the states of the merged windows. `context` is that of the resulting window. */
  onMerge(state: TriggerState, merged: readonly TriggerState[], context: TriggerContext): void;
  shouldFire(state: TriggerState, context: TriggerContext): boolean;
  onFire(state: TriggerState, context: TriggerContext): void;
}

export function triggerState(children: readonly TriggerState[] = []): TriggerState {
  return { finished: false, count: 0, dueMs: undefined, children };
}

/** Resets the state to that before the first element. */
export function reset(state: TriggerState): void {
  state.finished = false;
  state.count = 0;
  state.dueMs = undefined;
  state.children.forEach(reset);
}

/** Returns the `index`th child of each state. */
export function childrenOf(states: readonly TriggerState[], index: number): TriggerState[] {
  return states.map((state) => state.children[index]!);
}
