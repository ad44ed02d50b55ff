/** Triggers that consist of other triggers. A finished child is ignored until it is reset. */
import { childrenOf, reset, type Trigger, type TriggerContext, type TriggerState, triggerState } from "./trigger";

function statesOf(children: readonly Trigger[]): TriggerState {
  return triggerState(children.map((child) => child.createState()));
}

function mergeAll(
  children: readonly Trigger[],
  state: TriggerState,
  merged: readonly TriggerState[],
  context: TriggerContext,
): void {
  children.forEach((child, index) => child.onMerge(state.children[index]!, childrenOf(merged, index), context));
}

function elementToAll(children: readonly Trigger[], state: TriggerState, context: TriggerContext): void {
  children.forEach((child, index) => child.onElement(state.children[index]!, context));
}

/**
 * The common parts of triggers whose children all see every element. After a merge of windows such a trigger is
 * finished when some or all children are.
 */
function ofAll(
  children: readonly Trigger[],
  isFinished: (children: readonly TriggerState[]) => boolean,
): Pick<Trigger, "createState" | "onElement" | "onMerge"> {
  return {
    createState: () => statesOf(children),
    onElement: (state, context) => elementToAll(children, state, context),
    onMerge: (state, merged, context) => {
      mergeAll(children, state, merged, context);
      state.finished = isFinished(state.children);
    },
  };
}

const someFinished = (children: readonly TriggerState[]): boolean => children.some(({ finished }) => finished);
const allFinished = (children: readonly TriggerState[]): boolean => children.every(({ finished }) => finished);

/** Restarts `child` whenever it finishes. It never finishes itself. */
export function repeat(child: Trigger): Trigger {
  return {
    createState: () => statesOf([child]),
    onElement: (state, context) => child.onElement(state.children[0]!, context),
    onMerge: (state, merged, context) => mergeAll([child], state, merged, context),
    shouldFire: (state, context) => child.shouldFire(state.children[0]!, context),
    onFire: (state, context) => {
      const own = state.children[0]!;
      child.onFire(own, context);
      if (own.finished) reset(own);
    },
  };
}

/** Fires once, when any child would fire. */
export function afterAny(children: readonly Trigger[]): Trigger {
  return {
    ...ofAll(children, someFinished),
    shouldFire: (state, context) => children.some((child, index) => child.shouldFire(state.children[index]!, context)),
    onFire: (state, context) => {
      children.forEach((child, index) => {
        const own = state.children[index]!;
        if (child.shouldFire(own, context)) child.onFire(own, context);
      });
      state.finished = true;
    },
  };
}

/** Fires once, when every child would fire. */
export function afterAll(children: readonly Trigger[]): Trigger {
  return {
    ...ofAll(children, allFinished),
    shouldFire: (state, context) =>
      children.every((child, index) => {
        const own = state.children[index]!;
        return own.finished || child.shouldFire(own, context);
      }),
    onFire: (state, context) => {
      children.forEach((child, index) => child.onFire(state.children[index]!, context));
      state.finished = true;
    },
  };
}

/** Runs one child after the other, each until it finishes, and finishes with the last one. */
export function afterEach(children: readonly Trigger[]): Trigger {
  const current = (state: TriggerState) => state.children.findIndex((child) => !child.finished);
  return {
    createState: () => statesOf(children),
    onElement: (state, context) => {
      // Merging windows may make an earlier child current again, so all children see every element.
      if (context.merging) elementToAll(children, state, context);
      else if (current(state) >= 0) children[current(state)]!.onElement(state.children[current(state)]!, context);
    },
    onMerge: (state, merged, context) => {
      let earlierFinished = true;
      children.forEach((child, index) => {
        if (!earlierFinished) return;
        const own = state.children[index]!;
        child.onMerge(own, childrenOf(merged, index), context);
        earlierFinished = own.finished;
      });
      state.finished = current(state) < 0;
    },
    shouldFire: (state, context) => {
      const index = current(state);
      return index >= 0 && children[index]!.shouldFire(state.children[index]!, context);
    },
    onFire: (state, context) => {
      const index = current(state);
      children[index]!.onFire(state.children[index]!, context);
      state.children.slice(index + 1).forEach(reset);
      state.finished = current(state) < 0;
    },
  };
}

/**
 * Fires as `main` does, until `last` would fire: then it fires once more and finishes. It also finishes with `main`.
 */
export function orFinally(main: Trigger, last: Trigger): Trigger {
  const children = [main, last];
  return {
    ...ofAll(children, someFinished),
    shouldFire: (state, context) =>
      main.shouldFire(state.children[0]!, context) || last.shouldFire(state.children[1]!, context),
    onFire: (state, context) => {
      const [mainState, lastState] = [state.children[0]!, state.children[1]!];
      if (last.shouldFire(lastState, context)) {
        last.onFire(lastState, context);
        state.finished = true;
      } else {
        main.onFire(mainState, context);
        state.finished = mainState.finished;
      }
    },
  };
}
