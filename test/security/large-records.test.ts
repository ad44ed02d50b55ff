/**
 * One producer against everybody: a user whose messages are as large as they may be and who never pauses, and an
 * aggregate that is all empty user records. On each runner with its defaults, and on a Flink with its default heap.
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { deadLetterIndexOf, type JobTargets, runJob } from "../support/chat/job";
import { emptyUserRecords } from "../support/kinesis/kpl";
import { encodeMessage, putRaw } from "../support/kinesis/producer";
import { startServices, type TestServices } from "../support/services";
import { StoredIndex } from "../support/opensearch/stored";

/** Four open sessions' worth of bytes. */
const MESSAGES = 280;
/** With its other fields it is just not TOO_LARGE. */
const TEXT = "are you there ".repeat(18_000).slice(0, 250_000);
/** The default of `--max-open-bytes`, and the message with which a session outgrows it; each message is a part. */
const MAX_PANE_PARTS = Math.ceil((16 * 1_048_576) / TEXT.length) + 1;
const EMPTY_USER_RECORDS = 166_656;
const STREAM = "large-records";
/** A shard gives 2 MB a second; the attacker's records are in all of them. */
const SHARDS = 4;
const BYSTANDERS = 20;

const VALUE = z.object({ value: z.number() });
const ANSWER = z.object({ aggregations: z.object({ messages: VALUE, parts: VALUE }) });

/** Messages in all documents, and the most parts that a pane has. */
async function stored({ openSearch, index }: JobTargets): Promise<{ messages: number; parts: number }> {
  const answer = await fetch(`${openSearch}/${index}/_search`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      size: 0,
      aggs: { messages: { sum: { field: "messageCount" } }, parts: { max: { field: "partCount" } } },
    }),
  });
  const { messages, parts } = ANSWER.parse(await answer.json()).aggregations;
  return { messages: messages.value, parts: parts.value };
}

describe("one producer's large records", function () {
  this.timeout(400_000);
  let services: TestServices;
  const overfull = emptyUserRecords(EMPTY_USER_RECORDS);

  before(async () => {
    services = await startServices();
    await services.kinesis.createStream(STREAM, SHARDS);
    const startMs = Date.now() - 7_200_000;
    const said = (userId: string, content: string, index: number) => ({
      partitionKey: `${userId} ${index}`,
      data: encodeMessage({ userId, content, timestampMs: startMs + index * 500 }),
    });
    await putRaw(services.kinesis.client, STREAM, [
      ...Array.from({ length: BYSTANDERS }, (_, index) => said(`bystander ${index}`, "hello?", index)),
      { partitionKey: "attacker", data: overfull },
      ...Array.from({ length: MESSAGES }, (_, index) => said("attacker", TEXT, index)),
    ]);
  });
  after(() => services?.stop());

  // A bounded job on Flink makes no checkpoints: the first failure ends it, so an end without one is one without
  // restarts.
  for (const [runner, flags] of [
    ["direct", []],
    ["flink", ["--runner", "flink"]],
  ] as const) {
    it(`stall and kill nothing, and are all accounted for, on ${runner}`, async () => {
      const targets = { ...services.targets(STREAM), index: `${STREAM}-${runner}` };
      const result = await runJob(targets, ["--once", "--no-store-messages", ...flags]);
      // Panes of one session meet each other in the index: one that begins anew finds what it has written.
      const indexed = result.indexed + result.alreadyIndexed;
      assert.deepEqual(
        [result.read, indexed, result.duplicates, result.deadLetters, result.sessions],
        [MESSAGES + BYSTANDERS + 1, MESSAGES + BYSTANDERS, 0, 1, BYSTANDERS + 1],
      );
      const { messages, parts } = await stored(targets);
      assert.equal(messages, MESSAGES + BYSTANDERS);
      assert.ok(parts <= MAX_PANE_PARTS, `a pane of ${parts} parts`);
      const index = new StoredIndex(targets.openSearch, targets.index);
      const deadLetters = await index.deadLetters().finally(() => index.close());
      assert.deepEqual(
        deadLetters.map(({ code }) => code),
        ["OVERFULL"],
        deadLetterIndexOf(targets.index),
      );
      assert.ok(deadLetters[0]?.payload.equals(overfull), "not the original bytes");
    });
  }
});
