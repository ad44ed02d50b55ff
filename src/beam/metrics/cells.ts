import type { Counter, Distribution, Gauge } from "../authoring/metrics";
import type { DistributionValue } from "../runner";

/** The latest setting of a gauge. `setMs` decides which of several workers' values is the newest. */
export interface GaugeValue {
  readonly value: number;
  readonly setMs: number;
}

/** The change of one metric of one transform in one bundle. */
export type MetricUpdate = { readonly transformId: string; readonly name: string } & (
  | { readonly kind: "counter"; readonly value: number }
  | { readonly kind: "distribution"; readonly value: DistributionValue }
  | { readonly kind: "gauge"; readonly value: GaugeValue }
);

/** `peek` returns the sum since the last `take`, or undefined when there was no update. `take` also resets the cell. */
export class CounterCell implements Counter {
  private sum = 0;
  /** Starts as true, so that the counter is reported as zero before its first increment. */
  private touched = true;

  inc(delta = 1): void {
    this.sum += delta;
    this.touched = true;
  }

  peek(): number | undefined {
    return this.touched ? this.sum : undefined;
  }

  take(): number | undefined {
    const taken = this.peek();
    this.sum = 0;
    this.touched = false;
    return taken;
  }
}

export class DistributionCell implements Distribution {
  private value: DistributionValue | undefined;

  update(value: number): void {
    this.value = mergeDistributions(this.value, { count: 1, sum: value, min: value, max: value });
  }

  peek(): DistributionValue | undefined {
    return this.value;
  }

  take(): DistributionValue | undefined {
    const taken = this.value;
    this.value = undefined;
    return taken;
  }
}

export class GaugeCell implements Gauge {
  private value: GaugeValue | undefined;

  set(value: number): void {
    this.value = { value, setMs: Date.now() };
  }

  peek(): GaugeValue | undefined {
    return this.value;
  }

  take(): GaugeValue | undefined {
    const taken = this.value;
    this.value = undefined;
    return taken;
  }
}

export function mergeDistributions(a: DistributionValue | undefined, b: DistributionValue): DistributionValue {
  if (a === undefined) return b;
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}
