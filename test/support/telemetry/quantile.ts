import type { Sample } from "./scrape";

/** The bucket of a Prometheus histogram that the quantile lies in: more than `above`, and at most `upTo`. */
export interface Bucket {
  readonly above: number;
  readonly upTo: number;
}

/** Undefined for an empty histogram. `labels` are those of one series. */
export function bucketOf(
  samples: readonly Sample[],
  name: string,
  quantile: number,
  labels: Readonly<Record<string, string>> = {},
): Bucket | undefined {
  const buckets = samples
    .filter((sample) => sample.name === `${name}_bucket`)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .map((sample) => ({ upTo: Number(sample.labels["le"]?.replace("+Inf", "Infinity")), count: sample.value }))
    .toSorted((a, b) => a.upTo - b.upTo);
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return undefined;
  const at = buckets.findIndex(({ count }) => count >= Math.ceil(quantile * total));
  return { above: buckets[at - 1]?.upTo ?? 0, upTo: buckets[at]!.upTo };
}
