import assert from "node:assert/strict";
import { UserRecords } from "../../../src/io/kinesis/deaggregate";
import { sampleChat } from "../../../src/local/sample/chat";

interface Message {
  readonly userId: string;
  readonly role: string;
  readonly chatId?: string;
  readonly content: string;
  readonly messageId: string;
  readonly timestamp: number;
}

const GAP_MS = 300_000;
const SEED = 1;

/** The records that the stream's readers get, in the order of writing. */
function userRecords(seed: number): readonly { readonly partitionKey: string; readonly data: Uint8Array }[] {
  return sampleChat(seed).records.flatMap(({ partitionKey, data }) => {
    const users = new UserRecords({ sequenceNumber: "0", arrivalMs: 0, partitionKey, data });
    return Array.from({ length: users.count }, (_, index) => ({ partitionKey, data: users.at(index) }));
  });
}

/** The well-formed messages of the chat, in the order of writing. */
function messages(seed: number): readonly Message[] {
  return userRecords(seed).flatMap(({ data }) => {
    try {
      const message = JSON.parse(new TextDecoder().decode(data)) as Message;
      return typeof message.timestamp === "number" ? [message] : [];
    } catch {
      return [];
    }
  });
}

describe("the sample chat", () => {
  it("is the same for a seed, at the same fixed times, and another one for another seed", () => {
    assert.deepEqual(sampleChat(SEED), sampleChat(SEED));
    assert.notDeepEqual(sampleChat(SEED), sampleChat(SEED + 1));
    assert.ok(messages(SEED).every(({ timestamp }) => timestamp < Date.UTC(2026, 0, 13)));
  });

  it("counts what it holds", () => {
    const chat = sampleChat(SEED);
    const all = messages(SEED);
    assert.equal(all.length, chat.messageCount);
    assert.equal(userRecords(SEED).length, chat.messageCount + chat.malformedCount);
    assert.ok(chat.records.length < chat.messageCount + chat.malformedCount, "some records hold several messages");
    assert.equal(new Set(all.map(({ messageId }) => messageId)).size, chat.messageCount - chat.duplicateCount);
    assert.ok(chat.duplicateCount > 0 && chat.malformedCount > 0 && chat.aggregatedCount > 0);
  });

  it("keeps both sides of a chat on one shard, by the partition key", () => {
    const users = new Map<string, string>();
    for (const { partitionKey, data } of userRecords(SEED)) {
      const text = new TextDecoder().decode(data);
      if (!text.includes('"timestamp":')) continue;
      const { userId, chatId = userId } = JSON.parse(text) as Message;
      assert.equal(users.get(chatId) ?? partitionKey, partitionKey);
      users.set(chatId, partitionKey);
    }
    assert.equal(users.size, 26, "25 customers and the one from the future");
  });

  it("has both sides in each chat: customers, several agents, a bot", () => {
    const all = messages(SEED);
    const roles = new Map<string, Set<string>>();
    for (const { chatId = "", role } of all) roles.set(chatId, (roles.get(chatId) ?? new Set()).add(role));
    for (const [chatId, own] of roles) assert.ok(own.has("customer") && own.has("operator"), chatId);
    const authors = new Set(all.map(({ role, userId }) => (role === "customer" ? role : userId)));
    assert.ok(authors.size === 6 && authors.has("helper-bot"), [...authors].join(", "));
  });

  it("has disorder, though never more than the default allowance of 10 s", () => {
    let newest = 0;
    let furthestBehind = 0;
    for (const { timestamp } of messages(SEED)) {
      newest = Math.max(newest, timestamp);
      furthestBehind = Math.max(furthestBehind, newest - timestamp);
    }
    assert.ok(furthestBehind > 1_000 && furthestBehind < 10_000, `${furthestBehind} ms`);
  });

  it("has pauses right at the gap: 1 ms shorter, and exactly as long", () => {
    const times = new Map<string, number[]>();
    for (const { chatId = "", timestamp } of messages(SEED))
      times.set(chatId, [...(times.get(chatId) ?? []), timestamp]);
    const pauses = [...times.values()].flatMap((each) => {
      const sorted = [...new Set(each)].sort((a, b) => a - b);
      return sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0));
    });
    assert.ok(pauses.includes(GAP_MS - 1), "one session still");
    assert.ok(pauses.includes(GAP_MS), "two sessions just so");
    const sessions = times.size + pauses.filter((pause) => pause >= GAP_MS).length;
    assert.ok(sessions >= 60 && sessions <= 130, `${sessions} sessions`);
  });
});
