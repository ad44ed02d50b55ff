import assert from "node:assert/strict";
import { chatJobs, ONCE } from "../../support/chat/chat-job";
import { runJob } from "../../support/chat/job";
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
