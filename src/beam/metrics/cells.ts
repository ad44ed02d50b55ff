import type { Counter, Distribution, Gauge } from "../authoring/metrics";
import type { DistributionValue } from "../runner";

/** The newest setting of a gauge; `setMs` decides which of several workers' values is the newest. */
export interface GaugeValue {
  readonly value: number;
  readonly setMs: number;
}

/** What one metric of one transform gained in one bundle. */
export type MetricUpdate = { readonly transformId: string; readonly name: string } & (
  | { readonly kind: "counter"; readonly value: number }
  | { readonly kind: "distribution"; readonly value: DistributionValue }
  | { readonly kind: "gauge"; readonly value: GaugeValue }
);

/** `peek` says what was gathered since the last `take`, or undefined when nothing was; `take` also begins anew. */
export class CounterCell implements Counter {
  private sum = 0;
  /** At first as well: so a counter is there, at zero, before what it counts has ever happened. */
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
