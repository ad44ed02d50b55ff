/** The index in the end, whatever came late, twice, or from the middle. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { SessionDocument } from "../../../src/chat/steps/documents/document";
import { taxonomyHash } from "../../../src/chat/steps/summaries/taxonomy";
import { deadLetters } from "../../../src/cli/dead-letters";
import { ledger } from "../../../src/cli/ledger";
import { renewDocuments } from "../../../src/cli/renew";
import type { Faults } from "../../../src/local/bedrock/faults";
import { chatJobs, ONCE } from "../../support/chat/chat-job";
import { RETAIL, RETAIL_FILE } from "../../support/chat/retail";
import { modelCalls } from "../../support/model-calls";
import { assertLedger } from "../../support/opensearch/ledgers";
import { deadLetterIndexOf, type JobTargets, resultOf, runJob, startJob } from "../../support/chat/job";
import { putRaw } from "../../support/kinesis/producer";
import { command } from "../../support/processes/npm";
import { settled } from "../../support/settled";
import { until } from "../../support/until";
import { assertResult, assertStored, idsOf, readStored } from "../../support/chat/verdict";

const encode = (message: object): Uint8Array => Buffer.from(JSON.stringify(message));

const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  direct: [],
  flink: ["--runner", "flink", "--parallelism", "2", "--max-bundle-time", "50ms"],
};

type WholeDocument = SessionDocument & { readonly messages: NonNullable<SessionDocument["messages"]> };

async function documentsOf({ openSearch, index }: JobTargets): Promise<ReadonlyMap<string, WholeDocument>> {
  const answer = await fetch(`${openSearch}/${index}/_search?size=5000`);
  const { hits } = (await answer.json()) as { hits: { hits: { _id: string; _source: WholeDocument }[] } };
  return new Map(hits.hits.map(({ _id, _source }) => [_id, _source]));
}

async function deadLetterCount({ openSearch, index }: JobTargets): Promise<number> {
  const answer = await fetch(`${openSearch}/${deadLetterIndexOf(index)}/_count`);
  return ((await answer.json()) as { count: number }).count;
}

describe("the job on messages that the index knows", function () {
  this.timeout(180_000);
  const { services, send } = chatJobs();

  const put = async (stream: string, ...contents: readonly string[]): Promise<void> => {
    const records = contents.map((content) => ({ partitionKey: "ann", data: encode({ userId: "ann", content }) }));
    await putRaw(services().kinesis.client, stream, records);
  };
  const contentsOf = async (stream: string): Promise<readonly (readonly string[])[]> => {
    const { parts } = await readStored(services().openSearch.url(), stream);
    return parts.map(({ messages }) => messages.map(({ content }) => content)).toSorted();
  };

  const faults = (change: Partial<Faults>): Promise<unknown> =>
    fetch(`${services().bedrock.url}/_local/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(change),
    });

  it("pays no model and writes nothing for a replay", async () => {
    const stream = "amend-replay";
    const sent = await send(stream, 51, 40);
    const first = await runJob(services().targets(stream), ONCE);
    const { parts: before } = await assertStored(services().openSearch.url(), stream, sent);
    assertResult(first, sent);
    const callsBefore = await modelCalls(services());
    const second = await runJob(services().targets(stream), [...ONCE, "--seed", "99", "--shuffle"]);
    const { parts: after } = await assertStored(services().openSearch.url(), stream, sent);
    assertResult(second, sent, "all");
    assert.equal(second.documents, 0);
    // Each start asks both models once whether they are there.
    assert.equal((await modelCalls(services())) - callsBefore, 2);
    assert.deepEqual(idsOf(after), idsOf(before));
    await assertLedger(services().openSearch.url(), stream);
  });

  it("keeps a session whole that is read again from its middle (started in the middle, then from the beginning)", async () => {
    const stream = "amend-start-time";
    await services().kinesis.createStream(stream, 1);
    await put(stream, "one", "two");
    await sleep(2_000);
    const middle = new Date().toISOString();
    await sleep(500);
    await put(stream, "three", "four");
    const flags = ["--once", "--session-gap", "10s"];
    await runJob(services().targets(stream), [...flags, "--start-time", middle]);
    assert.deepEqual(await contentsOf(stream), [["three", "four"]]);
    const whole = await runJob(services().targets(stream), flags);
    assert.deepEqual([whole.indexed, whole.alreadyIndexed, whole.documents], [2, 2, 1]);
    assert.deepEqual(await contentsOf(stream), [["one", "two", "three", "four"]]);
    await runJob(services().targets(stream), [...flags, "--start-time", middle]);
    assert.deepEqual(await contentsOf(stream), [["one", "two", "three", "four"]]);
    await assertLedger(services().openSearch.url(), stream);
  });

  for (const [runner, runnerFlags] of Object.entries(RUNNERS)) {
    it(`amends what is indexed by what comes late, and a replay finds it as it is, on ${runner}`, async () => {
      const stream = `amend-late-${runner}`;
      await services().kinesis.createStream(stream, 1);
      const startMs = Date.now();
      const putAt = async (messageId: string, content: string, timestamp: number): Promise<void> => {
        const data = encode({ userId: "ann", content, messageId, timestamp });
        await putRaw(services().kinesis.client, stream, [{ partitionKey: "ann", data }]);
      };
      const bounds = ["--session-gap", "10s", "--allowed-disorder", "1s", "--idle-timeout", "1s"];
      const flags = ["--start-position", "TRIM_HORIZON", ...bounds, ...runnerFlags];
      await putAt("a1", "first", startMs);
      const job = startJob(services().targets(stream), flags);
      try {
        await until("the first session is indexed", async () => (await contentsOf(stream)).length === 1, 120_000);
        await sleep(Math.max(0, startMs + 13_500 - Date.now()));
        await putAt("a2", "third", startMs + 6_000);
        await putAt("a0", "second", startMs + 500);
        await until("all three are indexed", async () => (await contentsOf(stream)).flat().length === 3, 60_000);
      } finally {
        job.signal("SIGINT");
      }
      assert.deepEqual(await contentsOf(stream), [["first", "second", "third"]]);
      assert.equal(resultOf(await job.ended).deadLetters, 0);
      const again = await runJob(services().targets(stream), [...bounds, "--once"]);
      assert.deepEqual([again.alreadyIndexed, again.documents, again.deadLetters], [3, 0, 0]);
      assert.deepEqual(await contentsOf(stream), [["first", "second", "third"]]);
      await assertLedger(services().openSearch.url(), stream);
    });
  }

  it("closes letters whose messages are indexed, and makes no document of them when they are redriven", async () => {
    const stream = "amend-letters";
    await services().kinesis.createStream(stream, 1);
    const targets = services().targets(stream);
    const startMs = Date.now() - 3_600_000;
    const large = "late ".repeat(1_000);
    for (const [messageId, content, timestamp] of [
      ["a", "early", startMs],
      ["b", "newer", startMs + 1_800_000],
      ["c", large, startMs + 1_000],
    ]) {
      const data = encode({ userId: "ann", content, messageId, timestamp });
      await putRaw(services().kinesis.client, stream, [{ partitionKey: "ann", data }]);
    }
    const first = await runJob(targets, ["--once", "--max-message-bytes", "1KiB"]);
    assert.deepEqual([first.indexed, first.deadLetters], [2, 1]);
    const command = (...words: readonly string[]): Promise<string> => {
      const where = ["--index", stream, "--opensearch-endpoint", targets.openSearch];
      const others = ["--kinesis-endpoint", targets.kinesis, "--bedrock-endpoint", targets.bedrock, "--stream", stream];
      return deadLetters([...words, "--json", ...where, ...others], {}, 130, () => undefined);
    };
    const open = async (): Promise<number> => (JSON.parse(await command("list")) as { total: number }).total;
    assert.equal(await open(), 1);
    const second = await runJob(targets, ["--once"]);
    assert.deepEqual([second.indexed, second.alreadyIndexed], [1, 2]);
    assert.deepEqual(await contentsOf(stream), [["early", large], ["newer"]]);
    assert.equal(await open(), 0);
    assert.deepEqual(JSON.parse(await command("redrive")), { redriven: 0, succeeded: 0, failedAgain: 0, truncated: 0 });
  });

  it("refuses documents without ledgers, until these are rebuilt", async () => {
    const stream = "amend-rebuilt";
    const sent = await send(stream, 52, 10);
    const targets = services().targets(stream);
    await runJob(targets, ONCE);
    await fetch(`${targets.openSearch}/${stream}-ledger`, { method: "DELETE" });
    const refused = await startJob(targets, ONCE).ended;
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /has documents and no ledgers .*run npm run ledger -- rebuild once/);
    const where = ["--index", stream, "--opensearch-endpoint", targets.openSearch];
    assert.match(
      (await ledger(["rebuild", ...where], {}, () => undefined)).text,
      /^The ledgers of 10 users list \d+ doc/,
    );
    assert.equal((await ledger(["check", ...where], {}, () => undefined)).exitCode, 0);
    await assertLedger(targets.openSearch, stream);
    assertResult(await runJob(targets, ONCE), sent, "all");
  });

  it("renews in place what another taxonomy has labelled, goes on after a kill, and says what it costs", async () => {
    const stream = "amend-renewed";
    const sent = await send(stream, 53, 12);
    const targets = services().targets(stream);
    const { documents: count } = await runJob(targets, ONCE);
    const before = await documentsOf(targets);
    const contents = [...before.values()].flatMap(({ messages }) => messages.map(({ content }) => content));
    // Without characters that requests escape.
    const refused = contents.filter((content) => /^[a-z ,.?]+$/i.test(content)).sort((a, b) => b.length - a.length)[0]!;
    const refusedCount = [...before.values()].filter((own) => JSON.stringify(own.messages).includes(refused)).length;
    const flags = [
      ...["--taxonomy", RETAIL_FILE, "--index", stream, "--stream", "another", "--json", "--concurrency", "8"],
      ...["--kinesis-endpoint", targets.kinesis, "--bedrock-endpoint", targets.bedrock],
      ...["--opensearch-endpoint", targets.openSearch],
    ];
    const renew = async (...words: readonly string[]): Promise<Record<string, number>> =>
      JSON.parse(await renewDocuments([...words, ...flags], {}, () => undefined)) as Record<string, number>;

    const plan = await renew("plan");
    assert.deepEqual(
      [plan["documents"], plan["behind"], plan["byModel"], plan["byPrompt"], plan["byTaxonomy"]],
      [count, count, 0, 0, count],
    );
    assert.ok(plan["usd"]! > 0.000_1 * count && plan["usd"]! < 0.01 * count, String(plan["usd"]));
    assert.equal((await renew("plan", "--where", "user=nobody"))["behind"], 0);
    assert.equal((await renew("plan", "--to", "2001-01-01"))["behind"], 0);
    assert.deepEqual(await documentsOf(targets), before, "a plan changes nothing");

    const renewedOf = async (): Promise<number> =>
      [...(await documentsOf(targets)).values()].filter(({ taxonomyHash: own }) => own === taxonomyHash(RETAIL)).length;
    // So slow that it cannot have ended when its first documents are seen.
    await faults({ rejectText: refused, latencyMs: 1_000 });
    const killed = command(["renew", "run", ...flags]);
    await until("some documents are renewed", async () => (await renewedOf()) > 0, 60_000);
    killed.process.kill("SIGKILL");
    await killed.ended;
    await faults({ latencyMs: 0 });
    const done = await settled(async () => {
      await fetch(`${targets.openSearch}/${stream}/_refresh`, { method: "POST" });
      return renewedOf();
    });
    // The local Bedrock counts a call at its end, though its caller is dead.
    const callsBefore = await settled(() => modelCalls(services()));
    assert.ok(done < count, "it was killed amidst");
    const second = await renew("run");
    assert.deepEqual(second, { renewed: count - done - refusedCount, left: refusedCount });
    assert.equal(await deadLetterCount(targets), 0);
    await faults({ rejectText: "" });
    assert.deepEqual(await renew("run"), { renewed: refusedCount, left: 0 });
    // Two for each document, one for each refusal and its proof, and one to each model at each start.
    assert.ok((await modelCalls(services())) - callsBefore <= 2 * (count - done) + 3 * refusedCount + 4);

    const after = await documentsOf(targets);
    const kept = ["userId", "start", "end", "messages", "keys", "positions", "stream", "summaryModel"] as const;
    for (const [id, document] of after) {
      for (const field of kept) assert.deepEqual(document[field], before.get(id)?.[field], field);
      assert.equal(document.categories?.length, 2);
    }
    assert.equal(after.size, before.size);
    const asked = await modelCalls(services());
    assert.deepEqual(await renew("run"), { renewed: 0, left: 0 });
    assert.equal(await modelCalls(services()), asked, "nobody is asked when nothing is behind");
    await assertStored(targets.openSearch, stream, sent);
    await assertLedger(targets.openSearch, stream);
  });
});
