import assert from "node:assert/strict";
import { metricResults } from "../../../../src/beam/flink/metric-results";
import { monitoringInfos } from "../../../../src/beam/harness/monitoring";
import type { MetricUpdate } from "../../../../src/beam/metrics/cells";
import { impulse, Pipeline, Root } from "../../../../src/beam/sdk";

describe("the metrics of a Java runner", () => {
  const pipeline = new Pipeline();
  new Root(pipeline).apply(impulse());
  const proto = pipeline.getProto();
  const [transformId = ""] = Object.keys(proto.components!.transforms);
  const { uniqueName: transform } = proto.components!.transforms[transformId]!;

  const infos = (...updates: readonly MetricUpdate[]) => monitoringInfos(updates, new Map(), proto.components!);

  it("are summed over the stages that a transform runs in, as behind a flatten", () => {
    const of = (value: number): MetricUpdate[] => [
      { transformId, name: "read", kind: "counter", value },
      { transformId, name: "size", kind: "distribution", value: { count: 1, sum: value, min: value, max: value } },
      { transformId, name: "now", kind: "gauge", value: { setMs: 100 - value, value } },
    ];
    assert.deepEqual(metricResults([...infos(...of(3)), ...infos(...of(4))], proto), [
      { transform, name: "read", kind: "counter", value: 7 },
      { transform, name: "size", kind: "distribution", value: { count: 2, sum: 7, min: 3, max: 4 } },
      { transform, name: "now", kind: "gauge", value: 3 },
    ]);
  });
});
