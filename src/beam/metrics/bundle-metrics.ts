import type { Metrics } from "../authoring/metrics";
import { CounterCell, DistributionCell, GaugeCell, type MetricUpdate } from "./cells";

interface TransformCells {
  readonly counters: Map<string, CounterCell>;
  readonly distributions: Map<string, DistributionCell>;
  readonly gauges: Map<string, GaugeCell>;
}

/**
 * The metrics of one processor.
 *
 * 1. A cell lives as long as the processor, so that DoFns may keep their handles. Its content lives for one bundle.
 * 2. The updates of a finished bundle are taken once. Those of a failed bundle are never taken.
 */
export class BundleMetrics {
  private readonly transforms = new Map<string, TransformCells>();

  of(transformId: string): Metrics {
    const { counters, distributions, gauges } = getOrCreate(this.transforms, transformId, () => ({
      counters: new Map<string, CounterCell>(),
      distributions: new Map<string, DistributionCell>(),
      gauges: new Map<string, GaugeCell>(),
    }));
    return {
      counter: (name) => getOrCreate(counters, name, () => new CounterCell()),
      distribution: (name) => getOrCreate(distributions, name, () => new DistributionCell()),
      gauge: (name) => getOrCreate(gauges, name, () => new GaugeCell()),
    };
  }

  /** Returns the updates of the bundle so far, or of a finished bundle. */
  peek(): MetricUpdate[] {
    const updates: MetricUpdate[] = [];
    for (const [transformId, { counters, distributions, gauges }] of this.transforms) {
      for (const [name, cell] of counters) {
        const value = cell.peek();
        if (value !== undefined) updates.push({ transformId, name, kind: "counter", value });
      }
      for (const [name, cell] of distributions) {
        const value = cell.peek();
        if (value !== undefined) updates.push({ transformId, name, kind: "distribution", value });
      }
      for (const [name, cell] of gauges) {
        const value = cell.peek();
        if (value !== undefined) updates.push({ transformId, name, kind: "gauge", value });
      }
    }
    return updates;
  }

  take(): MetricUpdate[] {
    const updates = this.peek();
    for (const { counters, distributions, gauges } of this.transforms.values()) {
      for (const cells of [counters, distributions, gauges]) {
        for (const cell of cells.values()) cell.take();
      }
    }
    return updates;
  }
}

function getOrCreate<V>(map: Map<string, V>, key: string, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
