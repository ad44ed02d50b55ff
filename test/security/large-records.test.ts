/**
 * One producer against everybody: a user whose messages are as large as they may be and who never pauses, and an
 * aggregate that is all empty user records. On each runner with its defaults, and on a Flink with its default heap.
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { deadLetterIndexOf, type JobTargets, runJob } from "../support/job";
import { emptyUserRecords } from "../support/kpl";
import { encodeMessage, putRaw } from "../support/producer";
import { startServices, type TestServices } from "../support/services";
import { StoredIndex } from "../support/stored";

const MESSAGES = 900;
/** With its other fields it is just not TOO_LARGE. */
const TEXT = "x".repeat(250_000);
const EMPTY_USER_RECORDS = 166_656;
const STREAM = "large-records";
const BYSTANDERS = 20;

const SUM = z.object({ aggregations: z.object({ messages: z.object({ value: z.number() }) }) });

/** Messages in all documents of the index. */
async function messagesIn({ openSearch, index }: JobTargets): Promise<number> {
  const answer = await fetch(`${openSearch}/${index}/_search`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ size: 0, aggs: { messages: { sum: { field: "messageCount" } } } }),
  });
  return SUM.parse(await answer.json()).aggregations.messages.value;
}

describe("one producer's large records", function () {
  this.timeout(400_000);
  let services: TestServices;
  const overfull = emptyUserRecords(EMPTY_USER_RECORDS);

  before(async () => {
    services = await startServices();
    await services.kinesis.createStream(STREAM, 2);
    const startMs = Date.now() - 7_200_000;
    const said = (userId: string, content: string, index: number) => ({
      partitionKey: userId,
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
      assert.deepEqual(
        [result.read, result.inSessions, result.duplicates, result.deadLetters, result.sessions],
        [MESSAGES + BYSTANDERS + 1, MESSAGES + BYSTANDERS, 0, 1, BYSTANDERS + 1],
      );
      assert.equal(await messagesIn(targets), MESSAGES + BYSTANDERS);
      const stored = new StoredIndex(targets.openSearch, targets.index);
      const deadLetters = await stored.deadLetters().finally(() => stored.close());
      assert.deepEqual(
        deadLetters.map(({ code }) => code),
        ["OVERFULL"],
        deadLetterIndexOf(targets.index),
      );
      assert.ok(deadLetters[0]?.payload.equals(overfull), "not the original bytes");
    });
  }
});
