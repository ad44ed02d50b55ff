import { closest, distance } from "fastest-levenshtein";

/** Edit distance beyond which a name is no slip of the keyboard. */
const MAX_SLIPS = 4;

/** The name that was probably meant; undefined when none is near. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const near = closest(given, [...names]);
  return distance(given, near) <= MAX_SLIPS ? near : undefined;
}
