/** Tells hits that answer a question from those that are merely the nearest there are. Pure. */

/** The share of the question's words that a hit must have to be no weak one by words. */
const MIN_TERMS = 0.5;

/** Fewer documents tell nothing about what is usual. */
const MIN_SAMPLE = 10;
/** How far above the median a nearness is unusual, in distances from the median down to the lowest twentieth. */
const UNUSUAL = 1.5;
const LOWEST = 0.05;

/**
 * The nearness that unrelated documents do not reach, from that of documents which nobody has chosen: most of them have
 * nothing to do with the question, and those below the median tell how much nearness varies by chance. Undefined when
 * there are too few.
 */
export function unusualNearness(sample: readonly number[]): number | undefined {
  if (sample.length < MIN_SAMPLE) return undefined;
  const sorted = [...sample].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  return at(0.5) + UNUSUAL * (at(0.5) - at(LOWEST));
}

export interface Evidence {
  /** How many of the question's words the hit has, of how many; undefined when words are not compared. */
  readonly terms?: { readonly found: number; readonly asked: number };
  /** The hit's nearness to the question, and the one that is unusual; undefined when unknown or not compared. */
  readonly vector?: { readonly nearness: number; readonly unusual: number | undefined } | undefined;
}

/** True when nothing that is compared tells that the hit has to do with the question. */
export function isWeak({ terms, vector }: Evidence): boolean {
  if (terms !== undefined && terms.found >= terms.asked * MIN_TERMS) return false;
  if (vector === undefined) return terms !== undefined;
  return vector.unusual !== undefined && vector.nearness < vector.unusual;
}
