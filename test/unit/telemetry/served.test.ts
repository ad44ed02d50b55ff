/** The server of `--metrics-port`, with a run that tells what the test says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { MetricResult } from "../../../src/beam";
import { histogramCounters } from "../../../src/beam";
import { JobError } from "../../../src/chat/errors";
import { FRESHNESS } from "../../../src/chat/steps/documents/count-written";
import { openTelemetry, type Telemetry } from "../../../src/telemetry/open";
import { METRICS } from "../../../src/telemetry/table";
import { sendRaw } from "../../support/requests/raw-http";
import { type Sample, scrape, totalOf } from "../../support/telemetry/scrape";

const ROOT = path.resolve(__dirname, "../../..");
const FACTS = {
  stream: 'a "stream"',
  index: "chats",
  summaryModel: "anthropic.claude-haiku-4-5",
  embeddingModel: "amazon.titan-embed-text-v1",
};
const GAUGES = ["behindArrivalMs", "millisBehindLatest", "watermarkLagMs"];

function counter(name: string, value: number, transform = "t"): MetricResult {
  return { transform, name, kind: "counter", value };
}

describe("metrics that are served", () => {
  let telemetry: Telemetry;
  let url: string;

  beforeEach(async () => {
    telemetry = await openTelemetry({ metricsPort: 0 });
    url = telemetry.url ?? "";
  });
  afterEach(() => telemetry.close());

  const samples = async (...metrics: readonly MetricResult[]): Promise<readonly Sample[]> => {
    telemetry.follow({ metrics: async () => metrics, openWindows: () => 3 }, FACTS);
    return scrape(url);
  };
  const gauges = GAUGES.map((name): MetricResult => ({ transform: "t", name, kind: "gauge", value: 1_500 }));

  it("are none, and the job is alive but not ready, before a run is followed", async () => {
    assert.deepEqual(
      (await scrape(url)).map(({ name }) => name),
      ["target_info"],
    );
    const status = async (path: string): Promise<number> => (await fetch(`${url}${path}`)).status;
    assert.deepEqual([await status("/healthz"), await status("/readyz"), await status("/")], [200, 503, 404]);
    await samples();
    assert.equal(await status("/readyz"), 200);
  });

  it("are sums over stages, in seconds, by bucket, and zero before anything has happened", async () => {
    const { buckets, sum } = histogramCounters(FRESHNESS);
    const served = await samples(
      ...gauges,
      counter("read", 5, "one"),
      counter("read", 2, "two"),
      counter(buckets[0]!, 4),
      counter(buckets.at(-1)!, 1),
      counter(sum, 400_000),
      counter("deadLetters_NO_USER", 2),
      counter("summarise_inputSumTokens", 1_000_000),
    );
    assert.equal(totalOf(served, "chat_sessions_messages_read_total"), 7);
    assert.equal(totalOf(served, "chat_sessions_messages_duplicates_total"), 0);
    assert.equal(totalOf(served, "chat_sessions_lag_seconds"), 1.5);
    assert.equal(totalOf(served, "chat_sessions_sessions_open"), 3);
    const fresh = served.filter(({ name }) => name === "chat_sessions_freshness_seconds_bucket");
    assert.deepEqual(
      fresh.map(({ labels, value }) => [labels["le"], value]),
      [...["1", "2", "5", "15", "60", "300"].map((bound) => [bound, 4]), ["+Inf", 5]],
    );
    assert.equal(totalOf(served, "chat_sessions_freshness_seconds_count"), 5);
    assert.equal(totalOf(served, "chat_sessions_freshness_seconds_sum"), 400);
    const letters = served.filter(({ name, value }) => name === "chat_sessions_dead_letters_total" && value > 0);
    assert.deepEqual(letters, [
      { name: "chat_sessions_dead_letters_total", labels: { code: "NO_USER", stage: "parse" }, value: 2 },
    ]);
    const cost = served.filter(({ name }) => name === "chat_sessions_cost_USD_total");
    assert.deepEqual(
      cost.map(({ labels, value }) => [labels["stage"], value]),
      [
        ["summarise", 1.1],
        ["embed", 0],
      ],
    );
  });

  it("stay as they were while the runner does not answer", async () => {
    let isAway = false;
    const metrics = async (): Promise<readonly MetricResult[]> => {
      if (isAway) throw new Error("away");
      return [counter("read", 5)];
    };
    telemetry.follow({ metrics }, FACTS);
    await scrape(url);
    isAway = true;
    assert.equal(totalOf(await scrape(url), "chat_sessions_messages_read_total"), 5);
  });

  it("are not for foreign pages, nor for writing", async () => {
    const port = Number(new URL(url).port);
    const own = ["Host", `127.0.0.1:${port}`] as const;
    const end = ["Connection", "close"] as const;
    const get = { method: "GET", target: "/metrics" };
    const refused = [
      { ...get, headers: [["Host", `evil.example:${port}`], end] as const },
      { ...get, headers: [own, ["Origin", "http://evil.example"], end] as const },
      { ...get, headers: [own, ["Sec-Fetch-Site", "cross-site"], end] as const },
    ];
    for (const request of refused) assert.deepEqual((await sendRaw(port, request)).statuses, [403]);
    assert.deepEqual((await sendRaw(port, { ...get, headers: [own, end] })).statuses, [200]);
    const put = { method: "PUT", target: "/metrics", headers: [own, end] as const };
    assert.deepEqual((await sendRaw(port, put)).statuses, [405]);
  });

  it("are refused in one sentence where the port is taken", async () => {
    const { port } = new URL(url);
    await assert.rejects(openTelemetry({ metricsPort: Number(port) }), (error) => {
      assert.ok(error instanceof JobError && error.code === "BAD_OPTION");
      assert.match(error.message, new RegExp(`^Nothing can listen on port ${port} .*--metrics-port`));
      return true;
    });
  });

  it("are all that the Grafana dashboard and the alerts name, and docs/metrics.md names each", async () => {
    const served = await samples(...gauges);
    const names = new Set(served.map(({ name }) => name));
    const labels = new Set(served.flatMap((sample) => Object.keys(sample.labels)));
    const grafana = JSON.parse(read("docs/examples/grafana.json")) as {
      panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
    };
    const alerts = [
      ...read("docs/examples/prometheus-alerts.yml").matchAll(/expr:\s*(?:>-\n)?([\s\S]*?)\n\s+(?:for|annotations):/g),
    ];
    const expressions = [
      ...grafana.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...alerts.map(([, text = ""]) => text),
    ];
    assert.ok(expressions.length > 20 && alerts.length >= 6);
    const used = new Set<string>();
    for (const expression of expressions) {
      const metrics = expression.match(/\b(?:chat_sessions|gen_ai_client|db_client|messaging_client)_\w+/g) ?? [];
      assert.ok(metrics.length > 0 || expression.startsWith("absent(up"), expression);
      for (const name of metrics) {
        assert.ok(names.has(name), `${name} is not served`);
        used.add(name);
      }
      for (const [, list = ""] of expression.matchAll(/by \(([^)]*)\)/g)) {
        for (const label of list.split(/, */)) assert.ok(labels.has(label), `${label} is no label`);
      }
    }
    assert.ok(used.size > 15);
    const document = read("docs/metrics.md");
    for (const { name } of METRICS)
      assert.ok(document.includes(`\`${name}\``), `docs/metrics.md does not name ${name}`);
  });
});

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}
