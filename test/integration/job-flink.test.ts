/** The job on a real Flink: the same documents as the direct runner writes, and nothing left behind. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { type JobTargets, resultOf, type RunningJob, runJob, startJob } from "../support/job";
import { putChat } from "../support/producer";
import { sendChat } from "../support/send-chat";
import type { SentMessage } from "../support/sent";
import { type TestServices, startServices } from "../support/services";
import { StoredIndex } from "../support/stored";
import { until } from "../support/until";
import { assertResult, assertStored } from "../support/verdict";

const DISORDER_MS = 30_000;
const FLAGS = ["--once", "--allowed-disorder", `${DISORDER_MS}ms`, "--concurrency", "64"];
const FLINK = ["--runner", "flink", "--max-bundle-time", "50ms"];

const USERS = 20;

const HITS = z.object({
  hits: z.object({ hits: z.array(z.object({ _id: z.string(), _source: z.record(z.string(), z.unknown()) })) }),
});

/** All documents by id, without the one field that says when they were written. */
async function documentsOf({ openSearch, index }: JobTargets): Promise<Map<string, unknown>> {
  const answer = await fetch(`${openSearch}/${index}/_search?size=5000`);
  const { hits } = HITS.parse(await answer.json()).hits;
  return new Map(hits.map(({ _id, _source: { indexedAt: _, ...document } }) => [_id, document]));
}

/** Waits while the job runs, which must not end by itself. */
function endless(job: RunningJob, what: string, holds: () => Promise<boolean>): Promise<unknown> {
  const died = job.ended.then((end) => assert.fail(`the job ended: ${JSON.stringify(end)}`));
  died.catch(() => undefined);
  return Promise.race([died, until(what, holds, 120_000)]);
}

describe("the job on Flink", function () {
  this.timeout(240_000);
  let services: TestServices;

  before(async () => {
    services = await startServices();
  });
  after(() => services?.stop());

  const send = (stream: string, seed: number, users: number) =>
    sendChat(services.kinesis, stream, seed, { users, disorderMs: DISORDER_MS });

  it("stores exactly what the checker expects, and the direct runner stores the same, byte for byte", async () => {
    const stream = "flink-chat";
    const sent = await send(stream, 21, 60);
    const onFlink = services.targets(stream);
    const result = await runJob(onFlink, [...FLAGS, ...FLINK, "--parallelism", "2"]);
    await assertStored(services.openSearch.url(), stream, sent);
    assertResult(result, sent);

    const direct = { ...onFlink, index: "flink-chat-direct" };
    assert.deepEqual(await runJob(direct, FLAGS), result);
    const documents = await documentsOf(onFlink);
    assert.equal(documents.size, result.documents);
    assert.deepEqual(documents, await documentsOf(direct));
  });

  it("keeps open sessions in a savepoint when Ctrl-C stops it, and closes them where it goes on", async () => {
    const stream = "flink-stopped";
    const { kinesis } = services;
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
    const folder = mkdtempSync(path.join(tmpdir(), "savepoints-"));
    const flags = [
      ...[...FLINK, "--checkpoint-interval", "1s", "--savepoint-dir", folder, "--start-position", "TRIM_HORIZON"],
      ...["--allowed-disorder", `${DISORDER_MS}ms`, "--idle-timeout", "1h"],
    ];
    const stored = new StoredIndex(services.openSearch.url(), stream);
    let job: RunningJob | undefined;
    try {
      const sent = [...(await say("long ago", openMs - hourMs)), ...(await say("is anybody there?", openMs))];
      job = startJob(services.targets(stream), flags);
      await endless(job, "the old sessions are indexed", async () => (await stored.count()) === USERS);
      job.signal("SIGINT");
      const savepoint = z.object({ stopped: z.literal(true), savepoint: z.string() });
      const end = await job.ended;
      const { savepoint: kept } = savepoint.parse(resultOf(end));
      assert.ok(existsSync(path.join(kept.replace(/^file:/, ""), "_metadata")), kept);
      assert.equal(await stored.count(), USERS, "open sessions were closed early");

      sent.push(...(await say("hello again", openMs + 5_000)));
      await say("these sessions stay open", Date.now());
      job = startJob(services.targets(stream), [...flags, "--parallelism", "1", "--from-savepoint", kept]);
      await endless(job, "all sessions are indexed", async () => (await stored.count()) >= 2 * USERS);
      await assertStored(services.openSearch.url(), stream, sent);
    } finally {
      job?.signal("SIGKILL");
      await job?.ended;
      await stored.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("ends with its owner, however that ends", async () => {
    const stream = "flink-killed";
    await send(stream, 22, 5);
    const job = startJob(services.targets(stream), FLINK);
    const servers = (): readonly string[] =>
      execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
        .split("\n")
        .filter((line) => line.includes("FlinkLocal") && line.includes(`flink-runs/${job.process.pid}/`));
    await until("Flink runs", () => servers().length === 1, 120_000);
    job.signal("SIGKILL");
    await job.ended;
    await until("Flink has ended", () => servers().length === 0, 30_000);
  });
});
