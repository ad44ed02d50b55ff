/** What is in the index in the end, whatever came late, twice, or from the middle. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { deadLetters } from "../../../src/cli/dead-letters";
import { ledger } from "../../../src/cli/ledger";
import { chatJobs, ONCE } from "../../support/chat/chat-job";
import { modelCalls } from "../../support/model-calls";
import { assertLedger } from "../../support/opensearch/ledgers";
import { resultOf, runJob, startJob } from "../../support/chat/job";
import { putRaw } from "../../support/kinesis/producer";
import { until } from "../../support/until";
import { assertResult, assertStored, idsOf, readStored } from "../../support/chat/verdict";

const encode = (message: object): Uint8Array => Buffer.from(JSON.stringify(message));

const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  direct: [],
  flink: ["--runner", "flink", "--parallelism", "2", "--max-bundle-time", "50ms"],
};

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
        await until("the first session is indexed", async () => (await contentsOf(stream)).length === 1, 60_000);
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
    assert.deepEqual(JSON.parse(await command("redrive")), { redriven: 0, succeeded: 0, failedAgain: 0 });
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
});
