/** Finds many words in one pass over a text, in time proportional to its length (Aho-Corasick). */

/** A state is the index of its row in `steps`, so that a step is one look into a table. */
interface WordMachine<T> {
  /** Class of each compared unit; 0 for units of no word. */
  readonly classes: Uint16Array;
  /** The next state at the state plus the class; as its complement, a negative number, where words end in it. */
  readonly steps: Int32Array;
  /** The words that end in a state. */
  ended(state: number): readonly T[];
}

interface Word {
  readonly units: readonly number[];
}

/** `words` have one unit at least. */
export function wordMachine<T extends Word>(words: readonly T[]): WordMachine<T> {
  const classes = new Uint16Array(65_536);
  let classCount = 1;
  for (const { units } of words) for (const unit of units) if (classes[unit] === 0) classes[unit] = classCount++;
  const children = [new Map<number, number>()];
  const outputs: (T[] | undefined)[] = [undefined];
  for (const word of words) {
    let state = 0;
    for (const unit of word.units) {
      const step = classes[unit]!;
      let next = children[state]!.get(step);
      if (next === undefined) {
        next = children.length;
        children.push(new Map());
        outputs.push(undefined);
        children[state]!.set(step, next);
      }
      state = next;
    }
    (outputs[state] ??= []).push(word);
  }
  const steps = completed(children, outputs, classCount).map((next) => {
    const row = next * classCount;
    return outputs[next] === undefined ? row : ~row;
  });
  return { classes, steps, ended: (state) => outputs[state / classCount] ?? [] };
}

/** Fills in the steps that fall back to a shorter word's beginning, level by level. */
function completed<T>(
  children: readonly ReadonlyMap<number, number>[],
  outputs: (T[] | undefined)[],
  classCount: number,
): Int32Array {
  const steps = new Int32Array(children.length * classCount);
  const fallback = new Uint32Array(children.length);
  const level = [0];
  for (const state of level) {
    for (let step = 1; step < classCount; step++) {
      const child = children[state]!.get(step);
      const other = state === 0 ? 0 : steps[fallback[state]! * classCount + step]!;
      steps[state * classCount + step] = child ?? other;
      if (child === undefined) continue;
      fallback[child] = other;
      const inherited = outputs[other];
      if (inherited !== undefined) outputs[child] = [...(outputs[child] ?? []), ...inherited];
      level.push(child);
    }
  }
  return steps;
}
