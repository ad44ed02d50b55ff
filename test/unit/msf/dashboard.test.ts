/** CloudWatch's dashboard shows what Grafana's does, out of what the service publishes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Deployment } from "../../../runners/msf/settings";
import { LATE_METRICS, metricsOf } from "../../../runners/msf/template/metrics";
import { histogramCounters } from "../../../src/beam";
import { FRESHNESS } from "../../../src/chat/steps/documents/count-written";
import { withUnit } from "../../../src/telemetry/metric-data";
import type { MetricRow } from "../../../src/telemetry/row";
import { METRICS } from "../../../src/telemetry/table";
import { type Widget, widgetsOf } from "../../support/aws/dashboard";
import { DEPLOYMENTS, PLAIN } from "../../support/aws/deployments";
import { type Minute, type Series, statisticOf, valueAt } from "../../support/aws/metric-math";

const GRAFANA = path.resolve(__dirname, "../../../docs/examples/grafana.json");
const WITH_RECEIVERS: Deployment = { ...PLAIN, eventBus: "bus", webhookKeyArn: "arn:aws:kms:eu-west-1:1:key/2" };
/** Bedrock tells the times of its calls itself. */
const FREE: Readonly<Record<string, string>> = { "gen_ai.client.operation.duration": "InvocationLatency" };

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

function grafanaPanels(): readonly Panel[] {
  return (JSON.parse(readFileSync(GRAFANA, "utf8")) as { readonly panels: readonly Panel[] }).panels;
}

function widget(title: string, deployment = PLAIN): Widget {
  const found = widgetsOf(deployment).find((each) => each.title === title);
  assert.ok(found !== undefined, title);
  return found;
}

/** Names on CloudWatch that a metric of the table may have there. */
function namesOf(row: MetricRow): readonly string[] {
  const facts = { stream: "s", index: "i", summaryModel: PLAIN.models.summary, embeddingModel: PLAIN.models.embedding };
  if (row.kind === "histogram") {
    const specs = row.series(facts).map(({ spec }) => spec);
    const coarse = specs.flatMap((spec) => (spec.coarse === undefined ? [] : histogramCounters(spec.coarse).buckets));
    return [...coarse, ...specs.map((spec) => histogramCounters(spec).sum), FREE[row.name] ?? ""];
  }
  const series = row
    .series(facts)
    .flatMap(({ source, terms = [] }) => [source?.name ?? "", ...terms.map(({ name }) => name)]);
  return row.total === undefined ? series : [row.total, ...series];
}

function namesOn(prometheusName: string): readonly string[] {
  const row = METRICS.find((each) => prometheusName.startsWith(withUnit(each).replaceAll(".", "_")));
  assert.ok(row !== undefined, prometheusName);
  return namesOf(row);
}

/** What each shown line of a widget is at the last minute of these metrics. */
function shown(own: Widget, minutesOf: (name: string) => readonly (Minute | undefined)[]): Record<string, number> {
  const named: Record<string, Series | string> = {};
  for (const { id, name, statistic } of own.metrics) named[id!] = statisticOf(statistic, minutesOf(name));
  for (const { id, expression } of own.expressions) if (id !== undefined) named[id] = expression;
  const last = minutesOf(own.metrics[0]!.name).length - 1;
  const lines = own.expressions.filter(({ isShown }) => isShown);
  return Object.fromEntries(
    lines.map(({ label, expression }): readonly [string, number] => [
      label ?? "",
      valueAt(expression, last, named) ?? NaN,
    ]),
  );
}

describe("CloudWatch's dashboard", () => {
  it("has Grafana's panels under the same titles and with the same metrics, but for those that only one runner tells", () => {
    const widgets = new Map(widgetsOf(WITH_RECEIVERS).map((each) => [each.title, each]));
    const panels = grafanaPanels();
    assert.deepEqual(
      panels.filter(({ title }) => !widgets.has(title)).map(({ title }) => title),
      ["Open sessions"],
    );
    for (const { title, targets } of panels) {
      const own = widgets.get(title);
      if (own === undefined) continue;
      const names = new Set(own.metrics.map(({ name }) => name));
      for (const { expr } of targets) {
        const metric = /\b(?:chat_sessions|gen_ai_client|db_client|messaging_client)_\w+/.exec(expr)?.[0] ?? "";
        assert.ok(
          namesOn(metric).some((name) => names.has(name)),
          `"${title}" shows nothing of ${metric}`,
        );
      }
      const lines =
        own.metrics.filter(({ isShown }) => isShown).length + own.expressions.filter((e) => e.isShown).length;
      assert.ok(
        lines >= targets.length || own.expressions.some(({ expression }) => expression.includes("METRICS")),
        title,
      );
    }
  });

  for (const [name, deployment] of Object.entries({ ...DEPLOYMENTS, "all receivers": WITH_RECEIVERS })) {
    it(`uses only what the service publishes: ${name}`, () => {
      const published = new Set([...metricsOf(deployment), ...LATE_METRICS]);
      const own = METRICS.flatMap(namesOf);
      for (const { title, metrics, expressions } of widgetsOf(deployment)) {
        const ids = [...metrics, ...expressions].flatMap(({ id }) => id ?? []);
        assert.equal(new Set(ids).size, ids.length, title);
        assert.ok(ids.length <= 500, "CloudWatch's limit of a widget");
        for (const { expression } of expressions) {
          for (const [id = ""] of expression.matchAll(/\b[em]\d+\b/g)) assert.ok(ids.includes(id), `${title}: ${id}`);
        }
        for (const metric of metrics) {
          if (!own.includes(metric.name) || metric.namespace !== "AWS/KinesisAnalytics") continue;
          assert.ok(published.has(metric.name), metric.name);
        }
      }
    });
  }

  it("tells quantiles out of buckets as Prometheus does, of all tasks, and 0 when nothing was counted", () => {
    const { buckets } = histogramCounters(FRESHNESS.coarse);
    const gains: Readonly<Record<string, number>> = { [buckets[0]!]: 50, [buckets[1]!]: 40, [buckets[2]!]: 10 };
    const own = widget("From a session's end to the index");
    const values = shown(own, (name) => {
      const half = (gains[name] ?? 0) / 2;
      // The second task published once less in the first minute.
      const before: Minute = [
        [1_000, 4],
        [1_000, 3],
      ];
      const after: Minute = [
        [1_000 + half, 4],
        [1_000 + half, 4],
      ];
      return [before, after];
    });
    assert.deepEqual(values, { p50: 1, p95: 3.5, p99: 4.7 });
    const still: Minute = [[7, 4]];
    assert.deepEqual(
      shown(own, () => [still, still]),
      { p50: 0, p95: 0, p99: 0 },
    );
  });

  it("shows the first dead letter of a code, and no gap as one", () => {
    const own = widget("Dead letters a minute, by code");
    const late = own.metrics.find(({ label }) => label === "NO_USER")!;
    const [{ expression } = { expression: "" }] = own.expressions;
    const at = (...minutes: readonly (number | undefined)[]): number | undefined => {
      const series = statisticOf(
        late.statistic,
        minutes.map((value): Minute | undefined => (value === undefined ? undefined : [[value, 4]])),
      );
      return valueAt(expression.replace("METRICS()", "m"), minutes.length - 1, { m: series });
    };
    assert.equal(at(undefined, undefined, 2), 2);
    assert.equal(at(undefined, 2, 5), 3);
    assert.equal(at(5, undefined), 0);
    assert.equal(at(5, undefined, 5), 0);
    assert.equal(at(undefined, undefined), 0);
  });

  it("computes dollars an hour by the models' prices", () => {
    const gains: Readonly<Record<string, number>> = {
      summariseInputTokens: 1_000_000,
      summariseOutputTokens: 100_000,
      embedInputTokens: 500_000,
    };
    const values = shown(widget("US dollars an hour, by list prices"), (name) => {
      return [[[0, 4]], [[gains[name]!, 4]]];
    });
    const rounded = Object.entries(values).map(([stage, usd]) => [stage, Number(usd.toFixed(6))]);
    assert.deepEqual(Object.fromEntries(rounded), { summarise: 60 * 1.5, embed: 60 * 0.05 });
  });
});
