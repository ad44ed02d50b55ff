/** Alarms and dashboard read counters that only grow, and that each task publishes about four times a minute. */
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  amount,
  anyGain,
  type Calculation,
  LATE_METRICS,
  PUBLISHED_METRICS,
} from "../../../runners/msf/template/metrics";
import { histogramCounters } from "../../../src/beam";
import { COUNTED } from "../../../src/io/kinesis/shard-reading";
import type { JobFacts } from "../../../src/telemetry/row";
import { METRICS } from "../../../src/telemetry/table";
import { filesOfPrograms, ROOT } from "../../support/aws/sdk-actions";

const FACTS: JobFacts = { stream: "s", index: "i", summaryModel: "m", embeddingModel: "e" };

/** The tasks' counters in one minute, and the times that each was published. */
type Minute = readonly (readonly [value: number, times: number])[];

const STATISTICS: Readonly<Record<string, (minute: Minute) => number>> = {
  Sum: (minute) => minute.reduce((sum, [value, times]) => sum + value * times, 0),
  SampleCount: (minute) => minute.reduce((sum, [, times]) => sum + times, 0),
  Maximum: (minute) => Math.max(...minute.map(([value]) => value)),
};

/** The expression's value for the second of two minutes, as CloudWatch computes it. */
function computed({ statistics, expression }: Calculation, [before, now]: readonly [Minute, Minute]): number {
  const evaluate = (text: string, minute: Minute): number => {
    const values = Object.entries(statistics).map(([id, name]) => [id, STATISTICS[name]!(minute)] as const);
    const js = text.replace(/IF\((.*),(.*),(.*)\)$/, "($1)?($2):($3)");
    return Number(runInNewContext(js, Object.fromEntries(values)));
  };
  const differences = expression.replaceAll(
    /DIFF\(([^()]*)\)/g,
    (_, inner: string) => `(${evaluate(inner, now) - evaluate(inner, before)})`,
  );
  return evaluate(differences, now);
}

describe("the gain of counters", () => {
  const steady: Minute = [
    [1_000, 4],
    [400, 4],
  ];
  const onceMore: Minute = [
    [1_000, 4],
    [400, 5],
  ];
  const onceLess: Minute = [
    [1_000, 3],
    [400, 4],
  ];

  it("is none in a minute in which a task published once more or less", () => {
    for (const [before, now] of [
      [steady, onceMore],
      [onceMore, steady],
      [steady, onceLess],
      [onceLess, steady],
    ] as const) {
      assert.ok(computed(anyGain("m"), [before, now]) <= 0);
    }
  });

  it("is seen in any task, not in that with the largest counter alone", () => {
    const one: Minute = [
      [1_000, 4],
      [401, 4],
    ];
    assert.ok(computed(anyGain("m"), [steady, one]) > 0);
    assert.ok(
      computed(anyGain("m"), [
        onceMore,
        [
          [1_001, 4],
          [400, 4],
        ],
      ]) > 0,
    );
  });

  it("is the sum over all tasks, and nearly so when one published once more", () => {
    const later = (times: number): Minute => [
      [1_060, 4],
      [430, times],
    ];
    assert.equal(computed(amount("m"), [steady, later(4)]), 90);
    const even: Minute = [
      [1_000, 4],
      [1_000, 4],
    ];
    const evenLater: Minute = [
      [1_050, 4],
      [1_050, 5],
    ];
    assert.ok(Math.abs(computed(amount("m"), [even, evenLater]) - 100) < 15);
  });
});

describe("the metrics that are paid for", () => {
  it("are none of the histograms that are for Prometheus alone", () => {
    const specs = METRICS.flatMap((row) => (row.kind === "histogram" ? row.series(FACTS).map(({ spec }) => spec) : []));
    assert.ok(specs.length > 5);
    const buckets = specs.flatMap((spec) => histogramCounters(spec).buckets);
    assert.deepEqual(
      buckets.filter((name) => !name.includes("_")),
      [],
    );
    for (const name of [...PUBLISHED_METRICS, ...LATE_METRICS]) {
      assert.match(name, /^[A-Za-z0-9]+$/, "the service publishes no other");
    }
  });

  it("are all counters and gauges of the job", () => {
    const files = filesOfPrograms(["src/worker.ts"]).filter((file) => !file.startsWith("src/beam/testing/"));
    const names = files.flatMap((file) =>
      [...readFileSync(path.join(ROOT, file), "utf8").matchAll(/\.(?:counter|gauge)\("(\w+)"\)/g)].map(
        ([, name]) => name,
      ),
    );
    const histograms = METRICS.flatMap((row) =>
      row.kind === "histogram" ? row.series(FACTS).map(({ spec }) => spec) : [],
    );
    const coarse = histograms.flatMap((spec) =>
      spec.coarse === undefined ? [] : histogramCounters(spec.coarse).buckets,
    );
    const sums = histograms.map((spec) => histogramCounters(spec).sum).filter((name) => !name.includes("_"));
    const own = [...names, ...COUNTED, ...coarse, ...sums];
    assert.deepEqual([...new Set(own)].sort(), PUBLISHED_METRICS.toSorted());
    const late = METRICS.flatMap((row) =>
      row.kind === "histogram" ? [] : row.series(FACTS).flatMap(({ source }) => source?.name ?? []),
    ).filter((name) => !PUBLISHED_METRICS.includes(name) && !name.includes("_"));
    assert.deepEqual([...new Set(late)].sort(), LATE_METRICS.toSorted());
  });
});
