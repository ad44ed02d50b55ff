import type { HistogramSpec, MetricResult } from "../beam";
import { histogramCounters } from "../beam";

/** A histogram at one moment, in the unit of its bounds. */
export interface HistogramReading {
  readonly bounds: readonly number[];
  /** One count for each bound, and one for what is above the last. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** The job's metrics at one moment, by name over all transforms. */
export class Readings {
  private readonly counters = new Map<string, number>();
  private readonly gauges = new Map<string, number>();

  /** `openSessions` is undefined where the runner does not tell. */
  constructor(
    metrics: readonly MetricResult[],
    readonly openSessions: number | undefined,
  ) {
    for (const metric of metrics) {
      const { kind, name, value } = metric;
      if (kind === "counter") this.counters.set(name, (this.counters.get(name) ?? 0) + value);
      if (kind === "gauge") this.gauges.set(name, Math.max(this.gauges.get(name) ?? value, value));
    }
  }

  /** The sum over all transforms; 0 for a counter that no stage has reported yet. */
  counter(name: string): number {
    return this.counters.get(name) ?? 0;
  }

  /** The largest value of all transforms; undefined before the first. */
  gauge(name: string): number | undefined {
    return this.gauges.get(name);
  }

  histogram(spec: HistogramSpec): HistogramReading {
    const { buckets, sum } = histogramCounters(spec);
    return { bounds: spec.bounds, counts: buckets.map((name) => this.counter(name)), sum: this.counter(sum) };
  }
}
