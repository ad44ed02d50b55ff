/** The job's metrics, as Prometheus scrapes them and as a collector receives them, against the job's own account. */
import assert from "node:assert/strict";
import { z } from "zod";
import { freePort } from "../../../src/beam/process";
import { chatJobs, DISORDER_MS } from "../../support/chat/chat-job";
import { type JobResult, resultOf, startJob } from "../../support/chat/job";
import type { SentMessage } from "../../support/chat/sent";
import { setBedrockFaults, throttledCalls } from "../../support/faults/bedrock-control";
import { putRaw } from "../../support/kinesis/producer";
import { startCollector } from "../../support/telemetry/collector";
import { type Sample, scrape, totalOf } from "../../support/telemetry/scrape";
import { until } from "../../support/until";
import { tellLatencies } from "./latencies";

const ACCOUNT: Readonly<Record<string, (result: JobResult) => number>> = {
  "chat_sessions.messages.read": ({ read }) => read,
  "messaging.client.consumed.messages": ({ read }) => read,
  "chat_sessions.messages.indexed": ({ indexed }) => indexed,
  "chat_sessions.messages.already_indexed": ({ alreadyIndexed }) => alreadyIndexed,
  "chat_sessions.messages.duplicates": ({ duplicates }) => duplicates,
  "chat_sessions.messages.edits": ({ edits = 0 }) => edits,
  "chat_sessions.dead_letters": ({ deadLetters }) => deadLetters,
  "chat_sessions.sessions.closed": ({ sessions }) => sessions,
  "chat_sessions.documents.written": ({ documents }) => documents,
};

const POINT = z.looseObject({ asInt: z.coerce.number().optional(), asDouble: z.number().optional() });
const EXPORTED = z.object({
  resourceMetrics: z.array(
    z.looseObject({
      resource: z.looseObject({
        attributes: z.array(
          z.object({ key: z.string(), value: z.looseObject({ stringValue: z.string().optional() }) }),
        ),
      }),
      scopeMetrics: z.array(
        z.looseObject({
          metrics: z.array(
            z.looseObject({
              name: z.string(),
              unit: z.string(),
              sum: z.looseObject({ isMonotonic: z.boolean(), dataPoints: z.array(POINT) }).optional(),
              histogram: z.looseObject({ dataPoints: z.array(z.looseObject({ count: z.coerce.number() })) }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** Text of a message that becomes a dead letter. */
const SECRET = "nobody may read this";
const BAD_RECORDS = 3;

function prometheusName(name: string): string {
  return `${name.replaceAll(".", "_")}_total`;
}

describe("the job's metrics", function () {
  this.timeout(180_000);
  const { services, send } = chatJobs();

  it("equal the account: scraped while it runs and at rest, and sent to a collector in the end", async () => {
    const stream = "metrics";
    const sent = await send(stream, 41, 20);
    await putRaw(services().kinesis.client, stream, [
      { partitionKey: "a", data: Buffer.from("no JSON") },
      { partitionKey: "b", data: Buffer.from("[]") },
      { partitionKey: "c", data: Buffer.from(JSON.stringify({ content: SECRET })) },
    ]);
    const { bedrock } = services();
    // The checks of the start are no calls of a stage, so calls are turned down once it is ready; until then they wait.
    await setBedrockFaults(bedrock.url, { latencyMs: 200, down: "503" });
    const collector = await startCollector();
    const url = `http://127.0.0.1:${await freePort()}`;
    const job = startJob(
      services().targets(stream),
      [
        ...["--start-position", "TRIM_HORIZON", "--allowed-disorder", `${DISORDER_MS}ms`, "--idle-timeout", "1s"],
        ...["--metrics-port", new URL(url).port],
      ],
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_HEADERS: "x-api-key=some-key",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
        OTEL_METRIC_EXPORT_INTERVAL: "500",
      },
    );
    try {
      const readiness = async (): Promise<number> => (await fetch(`${url}/readyz`)).status;
      const is = async (status: number): Promise<boolean> => (await readiness().catch(() => 0)) === status;
      // Its checks ask the models several times.
      await until("the job lives, and is not ready", () => is(503), 60_000);
      await setBedrockFaults(bedrock.url, { down: false });
      await until("the job is ready", () => is(200), 60_000);
      const throttledBefore = await throttledCalls(bedrock.url);
      await setBedrockFaults(bedrock.url, { throttleFraction: 0.2, latencyMs: 5 });
      assert.equal((await fetch(`${url}/healthz`)).status, 200);

      let before: readonly Sample[] = [];
      const accounted = (samples: readonly Sample[]): number =>
        ["indexed", "already_indexed", "duplicates"]
          .map((name) => totalOf(samples, `chat_sessions_messages_${name}_total`) ?? 0)
          .reduce((sum, each) => sum + each, totalOf(samples, "chat_sessions_dead_letters_total") ?? 0);
      await until(
        "all messages are accounted for",
        async () => {
          const now = await scrape(url);
          for (const { name, labels, value } of before) {
            if (!/_(total|bucket|count)$/.test(name)) continue;
            const later = now.find((sample) => sample.name === name && isSame(sample.labels, labels));
            assert.ok(later !== undefined && later.value >= value, `${name} went from ${value} to ${later?.value}`);
          }
          before = now;
          const read = totalOf(now, "chat_sessions_messages_read_total") ?? 0;
          assert.ok(accounted(now) <= read, "no more is accounted for than was read");
          return read === sent.length + BAD_RECORDS && accounted(now) === read;
        },
        90_000,
      );
      const atRest = await scrape(url);
      job.signal("SIGINT");
      const result = resultOf(await job.ended);
      assert.equal(result.read, sent.length + BAD_RECORDS);
      assert.equal(result.deadLetters, BAD_RECORDS);

      for (const [name, figure] of Object.entries(ACCOUNT)) {
        assert.equal(totalOf(atRest, prometheusName(name)), figure(result), name);
      }
      const fresh = totalOf(atRest, "chat_sessions_freshness_seconds_count") ?? 0;
      assert.ok(fresh > 0 && fresh <= result.sessions, `${fresh} of ${result.sessions} sessions`);
      const calls = "gen_ai_client_operation_duration_seconds_count";
      assert.equal(totalOf(withLabels(atRest, { error_type: undefined }), calls), 2 * result.documents);
      // What the service itself has turned down, by stage and cause.
      const throttled = withLabels(atRest, { error_type: "throttled" });
      const turnedDown = (await throttledCalls(bedrock.url)) - throttledBefore;
      assert.ok(turnedDown > 5, `${turnedDown} calls were turned down`);
      for (const name of [calls, "chat_sessions_calls_throttled_total", "chat_sessions_calls_retried_total"]) {
        assert.equal(totalOf(throttled, name), turnedDown, name);
        const stages = new Set(throttled.filter((own) => own.name === name && own.value > 0).map(stageOf));
        assert.deepEqual(stages, new Set(["embed", "summarise"]), name);
      }
      // A slow machine's calls to Kinesis may run out of time, and documents may go again.
      const ofModels = atRest.filter((own) => ["summarise", "embed"].includes(stageOf(own) ?? ""));
      assert.equal(totalOf(ofModels, "chat_sessions_calls_retried_total"), turnedDown, "nothing else was repeated");
      const letters = atRest.filter(({ name, value }) => name === "chat_sessions_dead_letters_total" && value > 0);
      assert.deepEqual(
        letters.map(({ labels, value }) => [labels["code"], labels["stage"], value]),
        [
          ["UNREADABLE", "parse", 1],
          ["NOT_AN_OBJECT", "parse", 1],
          ["NO_USER", "parse", 1],
        ],
      );
      tellsNothingPrivate(atRest, sent);
      assert.equal(totalOf(atRest, "chat_sessions_sessions_open"), 0);
      for (const histogram of ["chat_sessions_freshness_seconds", "gen_ai_client_token_usage"]) {
        const infinite = atRest.filter(({ name, labels }) => name === `${histogram}_bucket` && labels["le"] === "+Inf");
        assert.equal(totalOf(infinite, `${histogram}_bucket`), totalOf(atRest, `${histogram}_count`), histogram);
      }

      const { path, headers, body } = collector.sent.at(-1)!;
      assert.equal(path, "/v1/metrics");
      assert.equal(headers["x-api-key"], "some-key");
      assert.ok(collector.sent.length > 1, "it sends while it runs");
      const [exported] = EXPORTED.parse(JSON.parse(body.toString())).resourceMetrics;
      const attributes = Object.fromEntries(
        exported!.resource.attributes.map(({ key, value }) => [key, value.stringValue]),
      );
      assert.equal(attributes["service.name"], "beam-chat-sessions");
      assert.equal(attributes["deployment.environment.name"], "test");
      const metrics = exported!.scopeMetrics.flatMap(({ metrics: own }) => own);
      for (const [name, figure] of Object.entries(ACCOUNT)) {
        const points = metrics.find((metric) => metric.name === name)?.sum?.dataPoints ?? [];
        const sum = points.reduce((total, { asInt = 0, asDouble = 0 }) => total + asInt + asDouble, 0);
        assert.equal(sum, figure(result), name);
      }
      const freshness = metrics.find(({ name }) => name === "chat_sessions.freshness");
      assert.equal(freshness?.unit, "s");
      assert.equal(freshness.histogram?.dataPoints[0]?.count, fresh);
    } finally {
      job.signal("SIGKILL");
      await job.ended;
      await collector.stop();
      await setBedrockFaults(bedrock.url, { throttleFraction: 0 });
    }
  });

  tellLatencies(services);
});

function withLabels(
  samples: readonly Sample[],
  labels: Readonly<Record<string, string | undefined>>,
): readonly Sample[] {
  return samples.filter((sample) => Object.entries(labels).every(([name, text]) => sample.labels[name] === text));
}

function stageOf({ labels }: Sample): string | undefined {
  return labels["stage"];
}

/** No label holds a user, a message's id or a chat's words. */
function tellsNothingPrivate(samples: readonly Sample[], sent: readonly SentMessage[]): void {
  const values = [...new Set(samples.flatMap(({ labels }) => Object.values(labels)))];
  const hidden = [SECRET, ...sent.flatMap(({ userId, messageId, content }) => [userId, messageId ?? SECRET, content])];
  for (const text of new Set(hidden)) {
    assert.ok(!values.some((value) => value.includes(text)), "a label tells of a chat");
  }
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
