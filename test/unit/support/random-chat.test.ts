import assert from "node:assert/strict";
import { deaggregateSync } from "aws-kinesis-agg";
import { aggregate } from "../../support/kinesis/kpl";
import { GAP_MS, expectedSessions } from "../../support/chat/oracle";
import { randomChat } from "../../support/chat/random-chat";

const shape = { users: 30, messagesPerUser: 40, startMs: 1_700_000_000_000, disorderMs: 30_000, aggregated: 0.2 };

describe("random chat", () => {
  const records = randomChat(7, shape);
  const messages = records.flatMap((record) => record.messages);
  const sent = messages.map((message, index) => ({
    ...message,
    place: { shardId: "s", sequenceNumber: String(index), subSequenceNumber: 0 },
  }));

  it("is the same for the same seed, and another for another", () => {
    assert.deepEqual(randomChat(7, shape), records);
    assert.notDeepEqual(randomChat(8, shape), records);
  });

  it("has conversations of several authors, who now and then say the same at one time, or under one id", () => {
    const said = randomChat(7, { ...shape, conversations: true }).flatMap((record) => record.messages);
    const authorsBy = (key: (message: (typeof said)[number]) => string | undefined): number => {
      const authors = new Map<string | undefined, Set<string>>();
      for (const own of said) authors.set(key(own), (authors.get(key(own)) ?? new Set()).add(own.userId));
      authors.delete(undefined);
      return [...authors.values()].filter(({ size }) => size > 1).length;
    };
    assert.equal(
      authorsBy(({ chat }) => chat),
      shape.users,
    );
    const isWithout = ({ messageId }: (typeof said)[number]) => messageId === undefined;
    assert.ok(authorsBy((own) => (isWithout(own) ? `${own.chat} ${own.timestampMs} ${own.content}` : undefined)) > 5);
    assert.ok(authorsBy(({ messageId }) => messageId) > 20);
    assert.equal(new Set(said.map(({ from }) => from)).size, 5);
  });

  it("is out of order, but within the disorder", () => {
    let newestMs = 0;
    let late = 0;
    for (const { timestampMs } of messages) {
      assert.ok(timestampMs > newestMs - shape.disorderMs);
      if (timestampMs < newestMs) late++;
      newestMs = Math.max(newestMs, timestampMs);
    }
    assert.ok(late > 100);
  });

  it("has gaps on both sides of the border, duplicates near and far, edits, and aggregated records", () => {
    const gaps = new Set<number>();
    for (const user of new Set(messages.map(({ userId }) => userId))) {
      const times = messages.filter(({ userId }) => userId === user).map(({ timestampMs }) => timestampMs);
      times.sort((a, b) => a - b).forEach((time, index) => gaps.add(time - (times[index - 1] ?? time)));
    }
    for (const gapMs of [0, GAP_MS - 1, GAP_MS, GAP_MS + 1]) assert.ok(gaps.has(gapMs), `no gap of ${gapMs}`);
    const sessions = expectedSessions(sent);
    const duplicates = sessions.reduce((sum, { duplicateCount }) => sum + duplicateCount, 0);
    const ids = messages.flatMap(({ messageId }) => messageId ?? []);
    const repeated = ids.length - new Set(ids).size;
    const edits = sessions.reduce((sum, { editCount }) => sum + editCount, 0);
    assert.ok(duplicates > 0 && duplicates < repeated, `${duplicates} duplicates of ${repeated} repeated ids`);
    assert.ok(edits > 0 && edits < repeated, `${edits} edits`);
    assert.ok(records.some((record) => record.messages.length > 1));
  });
});

describe("aggregated records", () => {
  it("are what the Kinesis Producer Library's own reader takes apart", () => {
    const records = ["a", "b", "a"].map((partitionKey, index) => ({
      partitionKey,
      data: Buffer.from(`data ${index}`),
    }));
    const data = aggregate(records).toString("base64");
    const record = {
      partitionKey: "a",
      sequenceNumber: "1",
      data,
      kinesisSchemaVersion: "1.0",
      approximateArrivalTimestamp: 1,
    };
    const found = new Promise((resolve, reject) =>
      deaggregateSync(record, true, (error, users) => (error ? reject(error) : resolve(users))),
    );
    return found.then((users) => {
      assert.deepEqual(
        (users as { partitionKey: string; data: string }[]).map(({ partitionKey, data: own }) => [
          partitionKey,
          Buffer.from(own, "base64").toString(),
        ]),
        [
          ["a", "data 0"],
          ["b", "data 1"],
          ["a", "data 2"],
        ],
      );
    });
  });
});
