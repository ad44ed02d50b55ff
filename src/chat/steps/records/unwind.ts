/** Messages in lists within an object. */

/** True when a list lies on the path, so that `unwound` finds its members. */
export function hasListAt(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (Array.isArray(value)) return true;
  if (name === undefined || typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return false;
  return hasListAt((value as Record<string, unknown>)[name], rest);
}

/**
 * For each member of the list at the path, or of lists within lists, a copy of the object in which the member stands in
 * its list's place, as MongoDB's $unwind has it. So the fields around the list stay where they are, and a message's own
 * ones have the path that the data show. One copy is made at a time, since all of them may take far more than the data.
 */
export function* unwound(value: unknown, names: readonly string[]): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const member of value) yield* unwound(member, names);
    return;
  }
  const [name, ...rest] = names;
  if (name === undefined) yield value;
  else if (typeof value === "object" && value !== null && Object.hasOwn(value, name)) {
    for (const inner of unwound((value as Record<string, unknown>)[name], rest)) yield { ...value, [name]: inner };
  }
}
