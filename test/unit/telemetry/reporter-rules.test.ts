/** The rules of docs/examples for Flink's own reporter, as Prometheus evaluates them. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { histogramCounters, type MetricResult } from "../../../src/beam";
import { openTelemetry } from "../../../src/telemetry/open";
import { METRICS } from "../../../src/telemetry/table";
import { answerOf, skipUnless } from "../../support/needs";
import { FLINK_PREFIX } from "../../support/telemetry/flink-rules";
import { type Sample, scrape } from "../../support/telemetry/scrape";
import { temporaryFolder } from "../../support/temporary-folder";

const RULES = path.resolve(__dirname, "../../../docs/examples/prometheus-flink-rules.yml");
const FACTS = { stream: "some-stream", index: "some-index", summaryModel: "some-model", embeddingModel: "some-model" };
/** They are no sums or maxima of what the stages count. */
const NOT_BY_RULES = ["chat_sessions_cost_USD_total", "chat_sessions_sessions_open", "target_info"];
const LIMIT_MS = 20_000;

interface Own {
  readonly kind: "counter" | "gauge";
  readonly name: string;
}

/** Each of the job's own metrics that the table names, with a value of its own. */
function ownMetrics(): readonly MetricResult[] {
  const own = METRICS.flatMap((row): readonly Own[] =>
    row.kind === "histogram"
      ? [
          ...row.series(FACTS).map(({ spec }) => spec),
          ...(row.failed?.(FACTS) ?? []).flatMap(({ specs }) => [...specs.values()]),
        ].flatMap((histogram) => {
          const { buckets, sum } = histogramCounters(histogram);
          return [...buckets, sum].map((name): Own => ({ kind: "counter", name }));
        })
      : row.series(FACTS).flatMap(({ source }) => (source === undefined ? [] : [source])),
  );
  const kinds = new Map(own.map(({ kind, name }) => [name, kind]));
  return [...kinds].map(([name, kind], index) => ({ transform: "t", name, kind, value: 1_000 * (index + 2) }));
}

/** Series of Flink's reporter: a counter is divided between two tasks, a gauge is less in one of them. */
function reported(metrics: readonly MetricResult[]): readonly string[] {
  return metrics.flatMap(({ name, kind, value }) => {
    const values = kind === "counter" ? [500, Number(value) - 500] : [Number(value) - 500, Number(value)];
    return values.map((each, task) => {
      const series = `${FLINK_PREFIX}${name}{job_name="chats",task_id="${task}",subtask_index="0"}`;
      return `  - { series: '${series}', values: '${each}' }`;
    });
  });
}

/** Samples of `npm start --metrics-port`, without labels that name the job's options. */
async function served(metrics: readonly MetricResult[]): Promise<readonly Sample[]> {
  const telemetry = await openTelemetry({ metricsPort: 0 });
  try {
    telemetry.follow({ metrics: async () => metrics, openWindows: () => 3 }, FACTS);
    const facts: readonly string[] = Object.values(FACTS);
    return (await scrape(telemetry.url!))
      .filter(({ name }) => !NOT_BY_RULES.includes(name))
      .map(({ name, labels, value }) => {
        const known = Object.entries(labels).filter(([, text]) => !facts.includes(text));
        return { name, value, labels: Object.fromEntries(known) };
      });
  } finally {
    await telemetry.close();
  }
}

describe("the rules that name Flink's own metrics", function () {
  this.timeout(2 * LIMIT_MS);

  it("give Prometheus the names, labels and values that the job itself serves", async function () {
    const version = await answerOf("promtool", "--version");
    skipUnless(this, version !== undefined, "it needs promtool: apt-get install prometheus");
    const metrics = ownMetrics();
    const wanted = await served(metrics);
    assert.ok(wanted.length > 100);
    const expected = [...new Set(wanted.map(({ name }) => name))].map((name) => {
      const samples = wanted.filter((sample) => sample.name === name);
      const lines = samples.map(({ labels, value }) => {
        const pairs = Object.entries({ ...labels, job_name: "chats" }).map(([label, text]) => `${label}="${text}"`);
        return `      - { labels: '${name}{${pairs.join(",")}}', value: ${value} }`;
      });
      return [`  - expr: ${name}`, "    eval_time: 0s", "    exp_samples:", ...lines].join("\n");
    });
    await evaluate(["- interval: 1m", "  input_series:", ...reported(metrics), "  promql_expr_test:", ...expected]);
  });

  it("have zeros before the first count, which an increase would not see otherwise", async function () {
    const version = await answerOf("promtool", "--version");
    skipUnless(this, version !== undefined, "it needs promtool: apt-get install prometheus");
    const lost = 'chat_sessions_alerts_undelivered_total{receiver="webhook"}';
    await evaluate([
      ...["- interval: 1m", "  input_series:"],
      `  - { series: '${FLINK_PREFIX}read{job_name="chats"}', values: '10x9' }`,
      `  - { series: '${FLINK_PREFIX}alertsUndelivered_webhook{job_name="chats"}', values: '_x4 3x5' }`,
      "  promql_expr_test:",
      `  - { expr: 'sum(${lost})', eval_time: 2m, exp_samples: [{ labels: '{}', value: 0 }] }`,
      `  - { expr: 'sum(increase(${lost}[5m]) > bool 0)', eval_time: 7m, exp_samples: [{ labels: '{}', value: 1 }] }`,
    ]);
  });
});

async function evaluate(tests: readonly string[]): Promise<void> {
  const folder = await temporaryFolder("rules");
  try {
    const file = path.join(folder.path, "test.yml");
    await writeFile(file, [`rule_files: ["${RULES}"]`, "tests:", ...tests].join("\n"));
    const { stdout } = await promisify(execFile)("promtool", ["test", "rules", file], { timeout: LIMIT_MS });
    assert.match(stdout, /SUCCESS/);
  } finally {
    await folder.remove();
  }
}
