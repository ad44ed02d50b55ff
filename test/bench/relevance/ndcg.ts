/** Normalised discounted cumulative gain of the first `depth` ids, where each is right or not; 1 is the best order. */
export function ndcg(ids: readonly string[], right: ReadonlySet<string>, depth: number): number {
  const gain = (place: number): number => 1 / Math.log2(place + 2);
  const sum = (places: readonly number[]): number => places.reduce((total, place) => total + gain(place), 0);
  const found = ids.slice(0, depth).flatMap((id, place) => (right.has(id) ? [place] : []));
  const best = Array.from({ length: Math.min(depth, right.size) }, (_, place) => place);
  return best.length === 0 ? 0 : sum(found) / sum(best);
}
