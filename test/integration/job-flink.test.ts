/** The job on a real Flink: the same documents as the direct runner writes, and nothing left behind. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { z } from "zod";
import { type JobTargets, runJob, startJob } from "../support/job";
import { sendChat } from "../support/send-chat";
import { type TestServices, startServices } from "../support/services";
import { until } from "../support/until";
import { assertResult, assertStored } from "../support/verdict";

const DISORDER_MS = 30_000;
const FLAGS = ["--once", "--allowed-disorder", `${DISORDER_MS}ms`, "--concurrency", "64"];
const FLINK = ["--runner", "flink", "--max-bundle-time", "50ms"];

const HITS = z.object({
  hits: z.object({ hits: z.array(z.object({ _id: z.string(), _source: z.record(z.string(), z.unknown()) })) }),
});

/** All documents by id, without the one field that says when they were written. */
async function documentsOf({ openSearch, index }: JobTargets): Promise<Map<string, unknown>> {
  const answer = await fetch(`${openSearch}/${index}/_search?size=5000`);
  const { hits } = HITS.parse(await answer.json()).hits;
  return new Map(hits.map(({ _id, _source: { indexedAt: _, ...document } }) => [_id, document]));
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
