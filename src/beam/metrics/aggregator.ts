import type { MetricResult } from "../runner";
import { mergeDistributions, type MetricUpdate } from "./cells";

/** Adds up the updates of all finished bundles of a run. */
export class MetricsAggregator {
  private readonly totals = new Map<string, MetricUpdate>();

  add(updates: readonly MetricUpdate[]): void {
    for (const update of updates) {
      const key = JSON.stringify([update.transformId, update.kind, update.name]);
      this.totals.set(key, merge(this.totals.get(key), update));
    }
  }

  peek(): MetricUpdate[] {
    return [...this.totals.values()];
  }

  /** Returns the totals since the last `take`. */
  take(): MetricUpdate[] {
    const totals = this.peek();
    this.totals.clear();
    return totals;
  }

  /** Returns the results. `nameOf` turns a transform's id into its unique name. */
  results(nameOf: (transformId: string) => string): MetricResult[] {
    return [...this.totals.values()].map((total) => {
      const address = { transform: nameOf(total.transformId), name: total.name };
      switch (total.kind) {
        case "counter":
          return { ...address, kind: total.kind, value: total.value };
        case "distribution":
          return { ...address, kind: total.kind, value: total.value };
        case "gauge":
          return { ...address, kind: total.kind, value: total.value.value };
      }
    });
  }
}

function merge(total: MetricUpdate | undefined, update: MetricUpdate): MetricUpdate {
  if (total?.kind === "counter" && update.kind === "counter") {
    return { ...total, value: total.value + update.value };
  }
  if (total?.kind === "distribution" && update.kind === "distribution") {
    return { ...total, value: mergeDistributions(total.value, update.value) };
  }
  if (total?.kind === "gauge" && update.kind === "gauge") {
    return update.value.setMs >= total.value.setMs ? update : total;
  }
  return update;
}
