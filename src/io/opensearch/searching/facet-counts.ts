/** The form of counts, and counting values that are at hand. Pure. */
import type { FacetName } from "../queries/filters";

export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

export interface Facets {
  readonly total: number;
  /** True when a ranking of a search by meaning has as many as it may have. */
  readonly isCut: boolean;
  /** The most frequent values of each facet, first those that most sessions have. */
  readonly facets: Readonly<Record<FacetName, readonly FacetCount[]>>;
  readonly attributes: Readonly<Record<string, readonly FacetCount[]>>;
  /** Sessions by their beginnings, in intervals of about the same length; none without sessions. */
  readonly histogram: readonly { readonly startMs: number; readonly count: number }[];
}

/** More than a taxonomy has; topics are free words. */
export const MAX_VALUES = 30;
export const MAX_BUCKETS = 60;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** About those of OpenSearch's `auto_date_histogram`. */
const INTERVALS_MS = [
  ...[1, 5, 10, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 3, 12].map((hours) => hours * HOUR_MS),
  ...[1, 7, 30, 90, 365, 1_825, 3_650, 36_500].map((days) => days * DAY_MS),
];

/** The most frequent values of some sessions, each of which may have several; equally frequent ones in their order. */
export function mostFrequent(sessions: readonly (readonly string[])[]): readonly FacetCount[] {
  const counts = new Map<string, number>();
  for (const values of sessions) {
    for (const value of new Set(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const all = [...counts].map(([value, count]) => ({ value, count }));
  return all.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, MAX_VALUES);
}

/** Counts times in the shortest intervals of which there are not too many; empty ones between others too. */
export function histogramOf(timesMs: readonly number[]): Facets["histogram"] {
  if (timesMs.length === 0) return [];
  const sorted = timesMs.toSorted((a, b) => a - b);
  const [first, last] = [sorted[0]!, sorted.at(-1)!];
  const bucketsOf = (ms: number): number => Math.floor(last / ms) - Math.floor(first / ms) + 1;
  const intervalMs = INTERVALS_MS.find((ms) => bucketsOf(ms) <= MAX_BUCKETS) ?? INTERVALS_MS.at(-1)!;
  const firstBucket = Math.floor(first / intervalMs);
  const counts = Array.from({ length: bucketsOf(intervalMs) }, () => 0);
  for (const ms of sorted) counts[Math.floor(ms / intervalMs) - firstBucket]!++;
  return counts.map((count, place) => ({ startMs: (firstBucket + place) * intervalMs, count }));
}
