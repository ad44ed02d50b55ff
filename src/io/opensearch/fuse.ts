/** Damps the lead of the first places; 60 is the value of the method's authors (Cormack and others, SIGIR 2009). */
const RANK_CONSTANT = 60;

/**
 * Reciprocal rank fusion: merges several orders into one, by ranks alone, because scores of words and of vectors cannot
 * be compared. Ties go to the item of an earlier list, then to the better rank in it.
 */
export function fuse<T>(lists: readonly (readonly T[])[], idOf: (item: T) => string): { item: T; score: number }[] {
  const fused = new Map<string, { item: T; score: number }>();
  for (const list of lists) {
    for (const [place, item] of list.entries()) {
      const id = idOf(item);
      const gain = 1 / (RANK_CONSTANT + place + 1);
      const known = fused.get(id);
      if (known === undefined) fused.set(id, { item, score: gain });
      else known.score += gain;
    }
  }
  return [...fused.values()].sort((a, b) => b.score - a.score);
}
