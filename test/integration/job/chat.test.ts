import assert from "node:assert/strict";
import { chatJobs, DISORDER_MS, ONCE } from "../../support/chat/chat-job";
import { runJob } from "../../support/chat/job";
import { CONVERSATION_FLAGS, randomChat } from "../../support/chat/random-chat";
import { putChat } from "../../support/kinesis/producer";
import { assertResult, assertStored, idsOf } from "../../support/chat/verdict";

const SEEDS = [11, 12, 13];

describe("the job on a random chat", function () {
  this.timeout(180_000);
  const { services, send } = chatJobs();

  for (const seed of SEEDS) {
    it(`stores exactly the sessions that the checker expects (seed ${seed})`, async () => {
      const stream = `chat-${seed}`;
      const sent = await send(stream, seed, 60);
      const result = await runJob(services().targets(stream), [...ONCE, "--seed", String(seed)]);
      await assertStored(services().openSearch.url(), stream, sent);
      assertResult(result, sent);
    });
  }

  it("stores the same documents under the same ids when it runs again", async () => {
    const stream = "chat-again";
    const sent = await send(stream, 14, 20);
    await runJob(services().targets(stream), ONCE);
    const { parts: before } = await assertStored(services().openSearch.url(), stream, sent);
    const second = await runJob(services().targets(stream), [...ONCE, "--seed", "99"]);
    const { parts: after } = await assertStored(services().openSearch.url(), stream, sent);
    assert.deepEqual(idsOf(after), idsOf(before));
    assertResult(second, sent, "all");
  });

  it("stores conversations with all who speak in them, amends them, and finds them again", async () => {
    const stream = "chat-conversations";
    const { kinesis, openSearch } = services();
    const targets = services().targets(stream);
    const shape = { users: 20, messagesPerUser: 30, disorderMs: DISORDER_MS, aggregated: 0.15, conversations: true };
    const records = randomChat(16, { ...shape, startMs: Date.now() - 2 * 86_400_000 });
    await kinesis.createStream(stream, 4);
    const flags = [...ONCE, ...CONVERSATION_FLAGS, "--max-part-messages", "5"];
    const sent = [...(await putChat(kinesis.client, stream, records.slice(0, records.length / 2)))];
    assertResult(await runJob(targets, flags), sent);
    await assertStored(openSearch.url(), stream, sent);

    sent.push(...(await putChat(kinesis.client, stream, records.slice(records.length / 2))));
    assertResult(await runJob(targets, flags), sent, "some");
    const { parts: amended } = await assertStored(openSearch.url(), stream, sent);
    const third = await runJob(targets, flags);
    assertResult(third, sent, "all");
    assert.equal(third.documents, 0, "a replay writes nothing");
    assert.deepEqual((await assertStored(openSearch.url(), stream, sent)).parts, amended);
  });

  it("cuts long sessions into numbered parts that together hold everything", async () => {
    const stream = "chat-parts";
    const sent = await send(stream, 15, 10);
    await runJob(services().targets(stream), [...ONCE, "--max-part-messages", "3"]);
    const { parts } = await assertStored(services().openSearch.url(), stream, sent);
    assert.ok(parts.some(({ partCount }) => partCount > 2));
    assert.ok(parts.every(({ messageCount }) => messageCount <= 3));
  });

  it("ends with nothing stored when the stream is empty", async () => {
    await services().kinesis.createStream("chat-empty", 2);
    const result = await runJob(services().targets("chat-empty"), ONCE);
    assert.equal(result.read + result.documents + result.deadLetters, 0);
  });
});
