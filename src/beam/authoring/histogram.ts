/**
 * Histograms as counters by bucket. Beam has no histograms, and its distributions are no numbers to Flink's REST
 * service or to CloudWatch, so neither would tell a percentile. Counters pass through all of them, and add up.
 */
import type { Counter, Metrics } from "./metrics";

export interface HistogramSpec {
  /** Letters, digits and underscores, as in all names of metrics. */
  readonly name: string;
  /** Unit of recorded values and bounds, as it ends the counters' names, such as "Ms". */
  readonly unit: string;
  /** Upper bounds of the buckets, inclusive: whole numbers, ascending. Larger values have a bucket of their own. */
  readonly bounds: readonly number[];
}

export interface Histogram {
  /** Records a value, rounded to a whole number; one below zero, as after a change of a clock, counts as zero. */
  record(value: number): void;
}

/** The names of a histogram's counters: one for each bucket, the last of them without bound, and the sum of values. */
export function histogramCounters({ name, unit, bounds }: HistogramSpec): {
  readonly buckets: readonly string[];
  readonly sum: string;
} {
  const within = bounds.map((bound) => `${name}UpTo${bound}${unit}`);
  return { buckets: [...within, `${name}Above${bounds.at(-1) ?? 0}${unit}`], sum: `${name}Sum${unit}` };
}

/** Makes the counters of a histogram. Each value is in one bucket, so the count is the sum over all buckets. */
export function histogram(metrics: Metrics, spec: HistogramSpec): Histogram {
  const names = histogramCounters(spec);
  const buckets: readonly Counter[] = names.buckets.map((name) => metrics.counter(name));
  const sum = metrics.counter(names.sum);
  return {
    record(value) {
      const whole = Math.max(0, Math.round(value));
      const at = spec.bounds.findIndex((bound) => whole <= bound);
      buckets.at(at)?.inc();
      sum.inc(whole);
    },
  };
}
