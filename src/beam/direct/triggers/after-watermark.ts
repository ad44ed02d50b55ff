import { never } from "./leaves";
import { childrenOf, reset, type Trigger, type TriggerState, triggerState } from "./trigger";

const EARLY = 0;
const LATE = 1;

/**
 * Fires once at the end of the window, before that each time `early` fires, and after that each time `late` fires. Both
 * restart when they have fired. The early child counts as finished from the end of the window on. Without `late` the
 * trigger finishes at the end of the window.
 */
export function afterWatermark(early: Trigger = never, late?: Trigger): Trigger {
  const lateFirings = late ?? never;
  const passed = (state: TriggerState) => state.children[EARLY]!.finished;
  return {
    createState: () => triggerState([early.createState(), lateFirings.createState()]),
    onElement: (state, context) => {
      if (context.merging || !passed(state)) early.onElement(state.children[EARLY]!, context);
      if (context.merging || passed(state)) lateFirings.onElement(state.children[LATE]!, context);
    },
    onMerge: (state, merged, context) => {
      const allPassed = merged.every(passed);
      if (!allPassed || !context.endOfWindowReached) {
        early.onMerge(state.children[EARLY]!, childrenOf(merged, EARLY), context);
        state.children[EARLY]!.finished = false;
        return;
      }
      state.children[EARLY]!.finished = true;
      lateFirings.onMerge(state.children[LATE]!, childrenOf(merged, LATE), context);
      state.finished = late === undefined;
    },
    shouldFire: (state, context) =>
      passed(state)
        ? lateFirings.shouldFire(state.children[LATE]!, context)
        : context.endOfWindowReached || early.shouldFire(state.children[EARLY]!, context),
    onFire: (state, context) => {
      const [earlyState, lateState] = [state.children[EARLY]!, state.children[LATE]!];
      if (passed(state)) {
        lateFirings.onFire(lateState, context);
        reset(lateState);
      } else if (!context.endOfWindowReached) {
        early.onFire(earlyState, context);
        reset(earlyState);
      } else {
        reset(earlyState);
        earlyState.finished = true;
        reset(lateState);
        state.finished = late === undefined;
      }
    },
  };
}
