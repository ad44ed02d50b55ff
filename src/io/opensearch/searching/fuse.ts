/**
 * Damps the lead of the first places. The method's authors (Cormack and others, SIGIR 2009) have 60, for many lists of
 * like quality; with few, the first places of the better one must count more (`npm run bench -- relevance`).
 */
const RANK_CONSTANT = 10;

export interface Ranking<T> {
  /** Best first. */
  readonly items: readonly T[];
  /** Weight of its places, compared with the same places in others. */
  readonly weight: number;
}

/**
 * Reciprocal rank fusion: merges several orders into one, by ranks alone, because scores of words and of vectors cannot
 * be compared. Ties go to the item of an earlier list, then to the better rank in it.
 */
export function fuse<T>(rankings: readonly Ranking<T>[], idOf: (item: T) => string): { item: T; score: number }[] {
  const fused = new Map<string, { item: T; score: number }>();
  for (const { items, weight } of rankings) {
    for (const [place, item] of items.entries()) {
      const id = idOf(item);
      const gain = weight / (RANK_CONSTANT + place + 1);
      const known = fused.get(id);
      if (known === undefined) fused.set(id, { item, score: gain });
      else known.score += gain;
    }
  }
  return [...fused.values()].sort((a, b) => b.score - a.score);
}
