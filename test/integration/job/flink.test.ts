/** The job on a real Flink: the same documents as the direct runner writes, and nothing left behind. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { z } from "zod";
import { freePort } from "../../../src/beam/process";
import { namesOf, taxonomyHash } from "../../../src/chat/steps/summaries/taxonomy";
import { RETAIL, RETAIL_FILE } from "../../support/chat/retail";
import { setBedrockFaults } from "../../support/faults/bedrock-control";
import { chatJobs, DISORDER_MS, ONCE } from "../../support/chat/chat-job";
import { type JobTargets, resultOf, type RunningJob, runJob, startJob, webPageOf } from "../../support/chat/job";
import { descendantsOf, isAlive, workersBelow } from "../../support/processes/running";
import { putChat } from "../../support/kinesis/producer";
import type { SentMessage } from "../../support/chat/sent";
import { StoredIndex } from "../../support/opensearch/stored";
import { scrape, totalOf } from "../../support/telemetry/scrape";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { CONVERSATION_FLAGS } from "../../support/chat/random-chat";
import { assertResult, assertStored } from "../../support/chat/verdict";

const FLINK = ["--runner", "flink", "--max-bundle-time", "50ms"];

const USERS = 20;
/** Sessions of 20 kB each: more than what lies between Flink's tasks, less than a bundle. */
const BACKLOG = 300;

const HITS = z.object({
  hits: z.object({ hits: z.array(z.object({ _id: z.string(), _source: z.record(z.string(), z.unknown()) })) }),
});

const LABELLED = z.object({ taxonomyHash: z.string(), intent: z.string(), categories: z.array(z.string()) });

/** All documents by id, without the field with the time of their writing. */
async function documentsOf({ openSearch, index }: JobTargets): Promise<Map<string, unknown>> {
  const answer = await fetch(`${openSearch}/${index}/_search?size=5000`);
  const { hits } = HITS.parse(await answer.json()).hits;
  return new Map(hits.map(({ _id, _source: { indexedAt: _, ...document } }) => [_id, document]));
}

/** Waits while the job runs; fails if it ends by itself. */
function endless(job: RunningJob, what: string, holds: () => Promise<boolean> | boolean): Promise<unknown> {
  const died = job.ended.then((end) => assert.fail(`the job ended: ${JSON.stringify(end)}`));
  died.catch(() => undefined);
  return Promise.race([died, until(what, holds, 120_000)]);
}

describe("the job on Flink", function () {
  this.timeout(240_000);
  const { services, send } = chatJobs();

  it("stores conversations exactly as the checker expects, with one's own labels, and the direct runner stores the same, byte for byte", async () => {
    const stream = "flink-chat";
    const flags = [...ONCE, "--taxonomy", RETAIL_FILE, ...CONVERSATION_FLAGS];
    const sent = await send(stream, 21, 60, { conversations: true });
    const onFlink = services().targets(stream);
    const job = startJob(onFlink, [...flags, ...FLINK]);
    const workers = Math.min(2, availableParallelism());
    await endless(job, "its workers run", () => workersBelow(job.process.pid!).length === workers);
    const result = resultOf(await job.ended);
    await assertStored(services().openSearch.url(), stream, sent);
    assertResult(result, sent);

    const direct = { ...onFlink, index: "flink-chat-direct" };
    assert.deepEqual(await runJob(direct, flags), result);
    const documents = await documentsOf(onFlink);
    assert.equal(documents.size, result.documents);
    assert.deepEqual(documents, await documentsOf(direct));
    for (const document of documents.values()) {
      const { taxonomyHash: hash, intent, categories } = LABELLED.parse(document);
      assert.equal(hash, taxonomyHash(RETAIL));
      assert.ok(namesOf(RETAIL.intents).includes(intent), intent);
      assert.deepEqual(
        categories.map((pair) => pair.split("=")[0]),
        namesOf(RETAIL.categories),
      );
    }
  });

  it("keeps open sessions in a savepoint when Ctrl-C stops it, and closes them where it goes on", async () => {
    const stream = "flink-stopped";
    const { kinesis } = services();
    await kinesis.createStream(stream, 2);
    const hourMs = 3_600_000;
    const openMs = Date.now() - hourMs;
    const say = (content: string, timestampMs: number): Promise<readonly SentMessage[]> =>
      putChat(
        kinesis.client,
        stream,
        Array.from({ length: USERS }, (_, user) => `user-${user}`).map((userId) => ({
          partitionKey: userId,
          messages: [{ userId, content, timestampMs }],
        })),
      );
    const folder = makeFolder("savepoints");
    const flags = [
      ...[...FLINK, "--checkpoint-interval", "1s", "--savepoint-dir", folder, "--start-position", "TRIM_HORIZON"],
      ...["--allowed-disorder", `${DISORDER_MS}ms`, "--idle-timeout", "1h"],
    ];
    const stored = new StoredIndex(services().openSearch.url(), stream);
    let job: RunningJob | undefined;
    try {
      const sent = [...(await say("long ago", openMs - hourMs))];
      const metricsPort = await freePort();
      const run = startJob(services().targets(stream), [...flags, "--progress", "--metrics-port", `${metricsPort}`]);
      job = run;
      await endless(run, "the old messages are shown as read", () => figuresOf(run).includes(`${USERS} 0 0`));
      assert.match(await (await fetch(webPageOf(run))).text(), /<title>Apache Flink Web Dashboard/);
      sent.push(...(await say("is anybody there?", openMs)));
      await endless(run, "the old sessions are indexed", async () => (await stored.count()) === USERS);
      const indexed = `${2 * USERS} ${USERS} ${USERS}`;
      await endless(run, "the old sessions are shown as indexed", () => figuresOf(run).includes(indexed));
      await assertServed(`http://127.0.0.1:${metricsPort}`);
      job.signal("SIGINT");
      const savepoint = z.object({ stopped: z.literal(true), savepoint: z.string() });
      const { savepoint: kept } = savepoint.parse(resultOf(await job.ended));
      assert.ok(existsSync(path.join(kept.replace(/^file:/, ""), "_metadata")), kept);
      assert.equal(await stored.count(), USERS, "open sessions were closed early");

      sent.push(...(await say("hello again", openMs + 5_000)));
      await say("these sessions stay open", Date.now());
      job = startJob(services().targets(stream), [...flags, "--parallelism", "1", "--from-savepoint", kept]);
      await endless(job, "all sessions are indexed", async () => (await stored.count()) >= 2 * USERS);
      await assertStored(services().openSearch.url(), stream, sent);
    } finally {
      job?.signal("SIGKILL");
      await job?.ended;
      await stored.close();
      await removeFolder(folder);
    }
  });

  it("tells of sessions before their documents, while a backlog becomes due", async () => {
    const stream = "flink-backlog";
    const { kinesis, bedrock } = services();
    await kinesis.createStream(stream, 2);
    const longAgoMs = Date.now() - 3_600_000;
    const content = "where is my parcel? ".repeat(1_000);
    const records = Array.from({ length: BACKLOG }, (_, user) => `user-${user}`).map((userId) => ({
      partitionKey: userId,
      messages: [{ userId, content, timestampMs: longAgoMs }],
    }));
    await putChat(kinesis.client, stream, records);
    // Flink shows counts of a bundle under way four times a second: two calls in a row must take longer than that.
    await setBedrockFaults(bedrock.url, { latencyMs: 300 });
    const metricsPort = await freePort();
    const flags = ["--once", "--allowed-disorder", "30s", "--concurrency", "16", "--metrics-port", `${metricsPort}`];
    const job = startJob(services().targets(stream), [...flags, ...FLINK]);
    const seen: (readonly number[])[] = [];
    let hasEnded = false;
    void job.ended.then(() => (hasEnded = true));
    while (!hasEnded) {
      const samples = await scrape(`http://127.0.0.1:${metricsPort}`).catch(() => []);
      const names = ["sessions_closed", "documents_written"];
      seen.push(names.map((name) => totalOf(samples, `chat_sessions_${name}_total`) ?? 0));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await setBedrockFaults(bedrock.url, { latencyMs: 5 });
    const { documents } = resultOf(await job.ended);
    assert.equal(documents, BACKLOG);
    const midway = seen.filter(([, written]) => written! > 0 && written! < BACKLOG);
    assert.ok(midway.length > 0, "the backlog was done before anybody looked");
    const ahead = seen.filter(([closed, written]) => written! > closed!);
    assert.deepEqual(ahead, [], "documents of sessions that seem to be open");
  });

  it("ends with its owner, however that ends", async () => {
    const stream = "flink-killed";
    await send(stream, 22, 5);
    const job = startJob(services().targets(stream), FLINK);
    const pid = job.process.pid!;
    const isServer = ({ command }: { command: string }): boolean => /FlinkLocal.*flink-runs/.test(command);
    await endless(job, "a worker runs", () => workersBelow(pid).length > 0);
    const processes = [
      ...descendantsOf(pid)
        .filter(isServer)
        .map((server) => server.pid),
      ...workersBelow(pid),
    ];
    assert.ok(processes.length >= 2, "Flink or its worker was not found");
    job.signal("SIGKILL");
    await job.ended;
    await until("Flink and its workers have ended", () => !processes.some(isAlive), 90_000);
  });
});

/** Checks what is scraped once the old sessions are indexed, all messages are read and the others are open. */
async function assertServed(url: string): Promise<void> {
  const samples = await scrape(url);
  const served = (name: string): number | undefined => totalOf(samples, name);
  const figures = ["messages_read", "sessions_closed", "documents_written", "messages_indexed"];
  assert.deepEqual(
    figures.map((name) => served(`chat_sessions_${name}_total`)),
    [2 * USERS, USERS, USERS, USERS],
  );
  assert.equal(served("chat_sessions_freshness_seconds_count"), USERS);
  assert.equal(served("gen_ai_client_operation_duration_seconds_count"), 2 * USERS);
  assert.ok((served("gen_ai_client_token_usage_sum") ?? 0) > 0 && (served("chat_sessions_cost_USD_total") ?? 0) > 0);
  // The newest messages are an hour old, and the watermark is behind them.
  assert.ok((served("chat_sessions_watermark_lag_seconds") ?? 0) > 3_600);
  assert.equal(served("chat_sessions_sessions_open"), undefined, "Flink does not tell");
}

/** Messages read, sessions closed and documents indexed, in each line of progress. */
function figuresOf(job: RunningJob): readonly string[] {
  const lines = job.said().matchAll(/^read (\d+).* (\d+) closed · indexed (\d+)/gm);
  return [...lines].map(([, ...figures]) => figures.join(" "));
}
