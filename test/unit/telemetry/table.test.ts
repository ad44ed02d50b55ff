import assert from "node:assert/strict";
import { PUBLISHED_METRICS } from "../../../runners/msf/template/metrics";
import { metricData } from "../../../src/telemetry/metric-data";
import { Readings } from "../../../src/telemetry/readings";

const FACTS = { stream: "s", index: "i", summaryModel: "m", embeddingModel: "e" };
const MOMENT = { startMs: 1_000, nowMs: 2_000 };

/** Counts behind other figures, or without worth to an operator: CloudWatch gets them, as it gets all plain names. */
const NOT_SERVED = [
  "aggregatedRecords",
  "alertsUndelivered",
  "deadLetters",
  "embedded",
  "expiredShards",
  "inputTokens",
  "outputTokens",
  "summarised",
  "unreadable",
];

describe("the table of metrics", () => {
  const served = (name: string | undefined, value: number): string => {
    const both = (["counter", "gauge"] as const).map((kind) => ({ transform: "t", name: name ?? "", kind, value }));
    return JSON.stringify(metricData(new Readings(both, undefined), FACTS, MOMENT));
  };

  it("has each of the job's own counters and gauges, but for those that are left out by name", () => {
    const none = served(undefined, 0);
    assert.deepEqual(PUBLISHED_METRICS.filter((name) => served(name, 7) === none).toSorted(), NOT_SERVED);
  });
});
