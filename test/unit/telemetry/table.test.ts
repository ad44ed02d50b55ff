import assert from "node:assert/strict";
import { LATE_METRICS, PUBLISHED_METRICS } from "../../../runners/msf/template/metrics";
import { histogramCounters } from "../../../src/beam";
import { metricData } from "../../../src/telemetry/metric-data";
import { Readings } from "../../../src/telemetry/readings";
import { METRICS } from "../../../src/telemetry/table";

const FACTS = { stream: "s", index: "i", summaryModel: "m", embeddingModel: "e" };
const MOMENT = { startMs: 1_000, nowMs: 2_000 };

/** Counts behind other figures, or without worth to an operator: CloudWatch gets them, as it gets all plain names. */
const NOT_SERVED = [
  "aggregatedRecords",
  "alertsUndelivered",
  "deadLetters",
  "embedded",
  "expiredShards",
  "restarts",
  "retries",
  "summarised",
  "throttles",
  "unreadable",
];

describe("the table of metrics", () => {
  const served = (name: string | undefined, value: number): string => {
    const both = (["counter", "gauge"] as const).map((kind) => ({ transform: "t", name: name ?? "", kind, value }));
    return JSON.stringify(metricData(new Readings(both, undefined), FACTS, MOMENT));
  };

  it("has each of the job's own counters and gauges, but for those that are left out by name", () => {
    const none = served(undefined, 0);
    const closeOnes = METRICS.flatMap((row) => (row.kind === "histogram" ? row.series(FACTS) : []));
    const coarse = closeOnes.flatMap(({ spec }) =>
      spec.coarse === undefined ? [] : histogramCounters(spec.coarse).buckets,
    );
    const own = PUBLISHED_METRICS.filter((name) => !coarse.includes(name));
    assert.deepEqual(own.filter((name) => served(name, 7) === none).toSorted(), NOT_SERVED);
    assert.deepEqual(
      LATE_METRICS.filter((name) => served(name, 7) === none),
      [],
    );
  });

  it("has histograms from which a p99 is read within a factor of 1.3, where it is likely to lie", () => {
    const between: Readonly<Record<string, readonly [fromS: number, toS: number]>> = {
      "gen_ai.client.operation.duration": [0.05, 40],
      "db.client.operation.duration": [0.01, 5],
      "chat_sessions.freshness": [0.5, 50],
      "chat_sessions.alerts.latency": [0.1, 10],
    };
    const rows = METRICS.filter((row) => row.kind === "histogram" && row.unit === "s");
    assert.deepEqual(rows.map(({ name }) => name).toSorted(), Object.keys(between).toSorted());
    for (const row of rows) {
      if (row.kind !== "histogram") continue;
      const [fromS, toS] = between[row.name]!;
      for (const { spec } of row.series(FACTS)) {
        const bounds: readonly number[] = spec.bounds.map((bound) => bound / row.per);
        assert.deepEqual(
          bounds.toSorted((a, b) => a - b),
          bounds,
        );
        const inside = bounds.filter((bound) => bound >= fromS && bound <= toS);
        assert.deepEqual([inside[0], inside.at(-1)], [fromS, toS], row.name);
        for (const [at, bound] of inside.slice(1).entries())
          assert.ok(bound / inside[at]! <= 1.3, `${row.name} ${bound}`);
      }
    }
  });
});
