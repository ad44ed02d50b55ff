/** Triggers without children. */
import { type Trigger, triggerState } from "./trigger";

/** Fires at the end of the window, then for every late element. It never finishes. */
export const defaultTrigger: Trigger = {
  createState: () => triggerState(),
  onElement: () => undefined,
  onMerge: () => undefined,
  shouldFire: (_state, context) => context.endOfWindowReached,
  onFire: () => undefined,
};

export const never: Trigger = {
  createState: () => triggerState(),
  onElement: () => undefined,
  onMerge: () => undefined,
  shouldFire: () => false,
  onFire: () => undefined,
};

export const always: Trigger = { ...never, shouldFire: () => true };

/** Fires once, when at least `count` elements have arrived. */
export function elementCount(count: number): Trigger {
  return {
    createState: () => triggerState(),
    onElement: (state) => {
      state.count += 1;
    },
    onMerge: (state, merged) => {
      if (merged.some((other) => other.finished)) state.finished = true;
      else state.count = merged.reduce((sum, other) => sum + other.count, 0);
    },
    shouldFire: (state) => state.count >= count,
    onFire: (state) => {
      state.count = 0;
      state.finished = true;
    },
  };
}

/** Fires once, when processing time is more than `delayMs` after the first element's arrival. */
export function afterProcessingTime(delayMs: number): Trigger {
  return {
    createState: () => triggerState(),
    onElement: (state, context) => {
      if (state.dueMs !== undefined) return;
      state.dueMs = context.processingTimeMs + delayMs;
      context.setProcessingTimer(state.dueMs);
    },
    onMerge: (state, merged, context) => {
      if (merged.some((other) => other.finished)) {
        state.finished = true;
        return;
      }
      const due = merged.flatMap((other) => other.dueMs ?? []);
      if (due.length === 0) return;
      state.dueMs = Math.min(...due);
      context.setProcessingTimer(state.dueMs);
    },
    shouldFire: (state, context) => state.dueMs !== undefined && context.processingTimeMs > state.dueMs,
    onFire: (state) => {
      state.dueMs = undefined;
      state.finished = true;
    },
  };
}
