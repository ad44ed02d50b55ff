import assert from "node:assert/strict";
import { MetricsAggregator } from "../../../../src/beam/metrics/aggregator";
import { BundleMetrics } from "../../../../src/beam/metrics/bundle-metrics";

describe("metrics", () => {
  it("give one cell for one name, however often it is asked for", () => {
    const metrics = new BundleMetrics();
    metrics.of("t").counter("c").inc();
    metrics.of("t").counter("c").inc(2);
    metrics.of("u").counter("c").inc(5);
    assert.deepEqual(metrics.take(), [
      { transformId: "t", name: "c", kind: "counter", value: 3 },
      { transformId: "u", name: "c", kind: "counter", value: 5 },
    ]);
  });

  it("hand out counters at zero once, then only what a bundle touched, and start anew", () => {
    const metrics = new BundleMetrics();
    const counter = metrics.of("t").counter("c");
    metrics.of("t").distribution("d");
    metrics.of("t").gauge("g");
    assert.deepEqual(metrics.take(), [{ transformId: "t", name: "c", kind: "counter", value: 0 }]);
    assert.deepEqual(metrics.take(), []);
    counter.inc(4);
    assert.deepEqual(metrics.take(), [{ transformId: "t", name: "c", kind: "counter", value: 4 }]);
  });

  it("keep metrics of different kinds apart, though they share a name", () => {
    const metrics = new BundleMetrics();
    const aggregator = new MetricsAggregator();
    metrics.of("t").counter("x").inc(1);
    metrics.of("t").distribution("x").update(7);
    aggregator.add(metrics.take());
    assert.equal(aggregator.results((id) => id).length, 2);
  });

  it("add up over bundles: sums, extremes, and the newest gauge", () => {
    const aggregator = new MetricsAggregator();
    const address = { transformId: "t" };
    aggregator.add([
      { ...address, name: "c", kind: "counter", value: 1 },
      { ...address, name: "d", kind: "distribution", value: { count: 2, sum: 7, min: 3, max: 4 } },
      { ...address, name: "g", kind: "gauge", value: { value: 1, setMs: 20 } },
    ]);
    aggregator.add([
      { ...address, name: "c", kind: "counter", value: 2 },
      { ...address, name: "d", kind: "distribution", value: { count: 1, sum: -1, min: -1, max: -1 } },
      { ...address, name: "g", kind: "gauge", value: { value: 2, setMs: 10 } },
    ]);
    assert.deepEqual(
      aggregator.results((id) => `Stage ${id}`),
      [
        { transform: "Stage t", name: "c", kind: "counter", value: 3 },
        { transform: "Stage t", name: "d", kind: "distribution", value: { count: 3, sum: 6, min: -1, max: 4 } },
        { transform: "Stage t", name: "g", kind: "gauge", value: 1 },
      ],
    );
  });
});
