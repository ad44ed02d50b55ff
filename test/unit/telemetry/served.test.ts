/** The server of `--metrics-port`, with a run that tells what the test says. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { LATE_METRICS, PUBLISHED_METRICS } from "../../../runners/msf/template/metrics";
import type { MetricResult } from "../../../src/beam";
import { histogramCounters } from "../../../src/beam";
import { JobError } from "../../../src/chat/errors";
import { FRESHNESS } from "../../../src/chat/steps/documents/count-written";
import { callDuration, failedCallDuration } from "../../../src/io/bedrock/measures";
import { openTelemetry, type Telemetry } from "../../../src/telemetry/open";
import { answerOf, skipUnless } from "../../support/needs";
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
      counter("deadLettersNoUser", 2),
      counter("summariseInputTokens", 1_000_000),
    );
    assert.equal(totalOf(served, "chat_sessions_messages_read_total"), 7);
    assert.equal(totalOf(served, "chat_sessions_messages_duplicates_total"), 0);
    assert.equal(totalOf(served, "chat_sessions_lag_seconds"), 1.5);
    assert.equal(totalOf(served, "chat_sessions_sessions_open"), 3);
    const fresh = served.filter(({ name }) => name === "chat_sessions_freshness_seconds_bucket");
    assert.deepEqual(
      fresh.map(({ labels, value }) => [labels["le"], value]),
      [...FRESHNESS.bounds.map((bound) => [String(bound / 1_000), 4]), ["+Inf", 5]],
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

  it("tell calls that failed by stage, model and cause, and those of each cause once there are any", async () => {
    const { buckets, sum } = histogramCounters(failedCallDuration("embed", "day_quota"));
    const answered = histogramCounters(callDuration("embed"));
    const none = await samples();
    const name = "gen_ai_client_operation_duration_seconds";
    assert.ok(!none.some(({ labels }) => labels["error_type"] !== undefined && labels["le"] !== undefined));
    const served = await samples(
      counter(answered.buckets[3]!, 5),
      counter(buckets[1]!, 2),
      counter(sum, 130),
      counter("retriesEmbedDayQuota", 2),
      counter("retriesSourceOther", 1),
      counter("retriesWriteThrottled", 4),
    );
    const count = (labels: Readonly<Record<string, string | undefined>>): readonly number[] =>
      served
        .filter((sample) => sample.name === `${name}_count`)
        .filter((sample) => Object.entries(labels).every(([label, text]) => sample.labels[label] === text))
        .map(({ value }) => value);
    assert.deepEqual(count({ stage: "embed", error_type: undefined }), [5]);
    assert.deepEqual(count({ stage: "embed", error_type: "day_quota" }), [2]);
    assert.deepEqual(count({ error_type: "throttled" }), []);
    const of = (wanted: string): readonly unknown[] =>
      served.filter((sample) => sample.name === wanted && sample.value > 0);
    const model = {
      gen_ai_provider_name: "aws.bedrock",
      gen_ai_operation_name: "embeddings",
      gen_ai_request_model: FACTS.embeddingModel,
      stage: "embed",
    };
    const throttled = "chat_sessions_calls_throttled_total";
    const retried = "chat_sessions_calls_retried_total";
    assert.deepEqual(of(throttled), [{ name: throttled, labels: { ...model, error_type: "day_quota" }, value: 2 }]);
    assert.deepEqual(of(retried), [
      { name: retried, labels: { stage: "source", error_type: "_OTHER" }, value: 1 },
      { name: retried, labels: { ...model, error_type: "day_quota" }, value: 2 },
      { name: retried, labels: { stage: "write", error_type: "throttled" }, value: 4 },
    ]);
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

  it("are in a form that Prometheus' own parser finds no fault with", async function () {
    skipUnless(this, (await answerOf("promtool", "--version")) !== undefined, "it needs promtool");
    await samples(
      ...gauges,
      ...PUBLISHED_METRICS.map((name) => counter(name, 3)),
      ...LATE_METRICS.map((name) => counter(name, 2)),
      counter(histogramCounters(failedCallDuration("embed", "throttled")).buckets[0]!, 1),
    );
    const text = await (await fetch(`${url}/metrics`)).text();
    const checking = promisify(execFile)("promtool", ["check", "metrics"]);
    checking.child.stdin?.end(text);
    assert.deepEqual(await checking, { stdout: "", stderr: "" });
  });

  it("are whole for twenty scrapers at once, and for others beside some that do not read", async () => {
    await samples(counter("read", 5));
    const ask = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
    const alone = await ask();
    const slow = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connect(Number(new URL(url).port), "127.0.0.1");
        socket.on("error", () => undefined).pause();
        await once(socket, "connect");
        // Many requests on one connection: the answers do not fit in buffers.
        socket.write("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(200));
        return socket;
      }),
    );
    const all = await Promise.all(Array.from({ length: 20 }, ask));
    for (const each of all) assert.equal(each, alone);
    assert.ok(slow.every((socket) => !socket.destroyed));
    // They are open when the server closes, and do not hold it up.
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

  it("are all that the Grafana dashboard and the alerts name", async () => {
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
  });
});

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}
