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
  /** Name of the counter of the sum, where it shall have one of its own. */
  readonly sumName?: string;
  /** The same values once more, in few buckets and without a sum, for a receiver that is paid for each counter. */
  readonly coarse?: Pick<HistogramSpec, "name" | "unit" | "bounds">;
}

export interface Histogram {
  /** Records a value, rounded to a whole number; one below zero, as after a change of a clock, counts as zero. */
  record(value: number): void;
}

/** The names of a histogram's counters: one for each bucket, the last of them without bound, and the sum of values. */
export function histogramCounters({ name, unit, bounds, sumName }: HistogramSpec): {
  readonly buckets: readonly string[];
  readonly sum: string;
} {
  const within = bounds.map((bound) => `${name}UpTo${bound}${unit}`);
  return {
    buckets: [...within, `${name}Above${bounds.at(-1) ?? 0}${unit}`],
    sum: sumName ?? `${name}Sum${unit}`,
  };
}

/** Makes the counters of a histogram. Each value is in one bucket, so the count is the sum over all buckets. */
export function histogram(metrics: Metrics, spec: HistogramSpec): Histogram {
  const { coarse } = spec;
  const recorders = [spec, ...(coarse === undefined ? [] : [coarse])].map((each) => bucketRecorder(metrics, each));
  const sum = metrics.counter(histogramCounters(spec).sum);
  return {
    record(value) {
      const whole = Math.max(0, Math.round(value));
      for (const record of recorders) record(whole);
      sum.inc(whole);
    },
  };
}

function bucketRecorder(metrics: Metrics, spec: HistogramSpec): (whole: number) => void {
  const buckets: readonly Counter[] = histogramCounters(spec).buckets.map((name) => metrics.counter(name));
  return (whole) => {
    const at = spec.bounds.findIndex((bound) => whole <= bound);
    buckets.at(at)?.inc();
  };
}

/** Preferred numbers of a decade: each is 1.25 or 1.28 times the one before. */
const STEPS = [100, 125, 160, 200, 250, 320, 400, 500, 640, 800];
const DECADE = 100;

/**
 * Bounds from the first to the last, both of them preferred numbers, and at least 10: so close that whatever lies
 * between two of them is known within a factor of 1.3.
 */
export function closeBounds(first: number, last: number): readonly number[] {
  const bounds: number[] = [];
  for (let decade = 10; decade <= last; decade *= 10) {
    bounds.push(...STEPS.map((step) => Math.round((step * decade) / DECADE)));
  }
  return bounds.filter((bound) => bound >= first && bound <= last);
}
