import assert from "node:assert/strict";
import { GAP_MS, type StoredPart, differences, expectedSessions, withoutDeadLetters } from "../../support/chat/oracle";
import { roleOf } from "../../support/chat/oracle-facts";
import type { StoredFacts } from "../../support/chat/stored-part";
import { type SentMessage, placeKey } from "../../support/chat/sent";

let sequence = 0;

function sent(userId: string, timestampMs: number, messageId?: string, content = `at ${timestampMs}`): SentMessage {
  const place = { shardId: "shardId-000000000000", sequenceNumber: String(1000 + sequence++), subSequenceNumber: 0 };
  return {
    userId,
    content,
    timestampMs,
    place,
    ...(messageId === undefined ? {} : { messageId }),
  };
}

/** Documents as a right pipeline would store them, each session in one part. */
function stored(messages: readonly SentMessage[]): StoredPart[] {
  return expectedSessions(messages).map((session, index) => ({
    id: `id-${index}`,
    userId: session.key,
    startMs: session.startMs,
    endMs: session.endMs,
    part: 1,
    partCount: 1,
    messageCount: session.messages.length,
    messages: session.messages,
    summary: "a chat",
    embeddingLength: 1_536,
  }));
}

describe("oracle", () => {
  it("cuts at exactly the gap and not a millisecond before", () => {
    const spans = (offsetMs: number): number[][] =>
      expectedSessions([sent("a", 1_000), sent("a", 1_000 + offsetMs)]).map(({ startMs, endMs }) => [startMs, endMs]);
    assert.deepEqual(spans(GAP_MS - 1), [[1_000, 1_000 + GAP_MS - 1]]);
    assert.deepEqual(spans(GAP_MS), [
      [1_000, 1_000],
      [1_000 + GAP_MS, 1_000 + GAP_MS],
    ]);
    assert.equal(spans(GAP_MS + 1).length, 2);
  });

  it("joins two sessions through a message between them, in whatever order they were sent", () => {
    const messages = [sent("a", 0), sent("a", 2 * GAP_MS - 2), sent("a", GAP_MS - 1)];
    assert.equal(expectedSessions(messages).length, 1);
  });

  it("keeps users apart", () => {
    assert.deepEqual(
      expectedSessions([sent("a", 0), sent("b", 1)]).map(({ key }) => key),
      ["a", "b"],
    );
  });

  it("drops the second message of an id and content in the same session, not in another", () => {
    const times = [0, 5, GAP_MS + 5];
    const [first, second] = expectedSessions(times.map((timeMs) => sent("a", timeMs, "x", "hello")));
    assert.deepEqual([first?.messages.length, first?.duplicateCount, first?.endMs], [1, 1, 0]);
    assert.deepEqual([second?.messages.length, second?.duplicateCount], [1, 0]);
  });

  it("keeps another text under the same id as an edit", () => {
    const [session] = expectedSessions([
      sent("a", 0, "x", "one"),
      sent("a", 5, "x", "other"),
      sent("a", 6, "y", "one"),
    ]);
    assert.deepEqual([session?.messages.length, session?.duplicateCount, session?.editCount], [3, 0, 1]);
  });

  it("drops the second message without an id of one time and content", () => {
    const same = [sent("a", 1), sent("a", 1), sent("a", 2, undefined, "at 1"), sent("a", 1, undefined, "other")];
    const [session] = expectedSessions(same);
    assert.deepEqual([session?.messages.length, session?.duplicateCount, session?.editCount], [3, 1, 0]);
  });

  it("lets a dropped duplicate bridge two messages", () => {
    const twice = [0, GAP_MS - 1].map((timeMs) => sent("a", timeMs, "x", "hello"));
    const sessions = expectedSessions([...twice, sent("a", 2 * GAP_MS - 2)]);
    assert.equal(sessions.length, 1);
    assert.equal(sessions[0]?.messages.length, 2);
  });

  describe("of conversations", () => {
    const inChat = (userId: string, timestampMs: number, more: Partial<SentMessage> = {}): SentMessage => ({
      ...sent(userId, timestampMs, undefined, "hello"),
      chat: "c",
      ...more,
    });
    const chat = [
      inChat("anna", 0, { from: "operator" }),
      inChat("alice", 5, { channel: "web", from: "customer" }),
      inChat("anna", 5, { channel: "app", from: "Operator" }),
      inChat("bot", 9, { from: "bot" }),
    ];
    const facts: StoredFacts = {
      participants: [
        { id: "anna", role: "agent", messageCount: 2 },
        { id: "alice", role: "customer", messageCount: 1 },
        { id: "bot", role: "bot", messageCount: 1 },
      ],
      roles: ["agent", "bot", "customer"],
      messageCountByRole: { agent: 2, customer: 1, bot: 1 },
      durationMs: 9,
      characters: 20,
      firstResponseMs: 0,
      attributes: { channel: "web", last: "app", channels: ["web", "app"] },
    };
    const [part] = stored(chat).map((own) => ({
      ...own,
      ...{ userId: "alice", sessionKey: "c", facts },
      messages: own.messages.map((message) => ({
        ...message,
        author: (message as SentMessage).userId,
        role: roleOf(message as SentMessage),
      })),
    }));

    it("keeps apart what two authors say at one time", () => {
      assert.deepEqual([part!.messages.length, differences(chat, [part!])], [4, []]);
    });

    const wrongs: readonly (readonly [string, Partial<StoredPart>, RegExp])[] = [
      ["another user", { userId: "anna" }, /user "anna", expected "alice"/],
      ["a user as session key", { sessionKey: "alice" }, /missing: c @ 0/],
      ["a wrong author", { messages: part!.messages.map((own) => ({ ...own, author: "alice" })) }, /lacks 1 × 0 anna/],
      [
        "a wrong role",
        { messages: part!.messages.map((own) => ({ ...own, role: "bot" })) },
        /lacks 1 × 0 anna \(agent\)/,
      ],
      [
        "a wrong count",
        { facts: { ...facts, messageCountByRole: { agent: 1, customer: 1, bot: 1 } } },
        /agent's messages 1/,
      ],
      ["a participant too few", { facts: { ...facts, participants: facts.participants.slice(1) } }, /participants/],
      ["another first response", { facts: { ...facts, firstResponseMs: 5 } }, /first response \[5\], expected \[0\]/],
      ["another attribute", { facts: { ...facts, attributes: { channel: "app" } } }, /attributes/],
      ["a wrong duration", { facts: { ...facts, durationMs: 8 } }, /duration 8, expected 9/],
      ["wrong characters", { facts: { ...facts, characters: 19 } }, /characters 19, expected 20/],
      ["a role too few", { facts: { ...facts, roles: ["agent"] } }, /roles/],
    ];
    for (const [what, change, pattern] of wrongs) {
      it(`finds ${what}`, () => assert.match(differences(chat, [{ ...part!, ...change }]).join("\n"), pattern));
    }
  });

  describe("differences", () => {
    const messages = [sent("a", 0), sent("a", 1), sent("a", GAP_MS + 1), sent("b", 7)];
    const right = stored(messages);

    const changed = (index: number, change: Partial<StoredPart>): readonly string[] =>
      differences(
        messages,
        right.map((part, at) => (at === index ? { ...part, ...change } : part)),
      );

    it("finds none when all is right", () => assert.deepEqual(differences(messages, right), []));

    it("accepts a session in several parts", () => {
      const [first, ...rest] = right;
      const halves = first!.messages.map((message, index) => ({
        ...first!,
        id: `half-${index}`,
        part: index + 1,
        partCount: 2,
        messageCount: 1,
        messages: [message],
        startMs: message.timestampMs,
        endMs: message.timestampMs,
      }));
      assert.deepEqual(differences(messages, [...halves, ...rest]), []);
      assert.match(differences(messages, [halves[1]!, ...rest]).join("\n"), /does not follow/);
      assert.match(differences(messages, [halves[0]!, ...rest]).join("\n"), /1 parts of 2/);
    });

    for (const [what, found, pattern] of [
      ["a missing session", () => differences(messages, right.slice(1)), /missing: a @ 0/],
      ["an unexpected session", () => differences(messages.slice(0, 3), right), /unexpected: b @ 7/],
      [
        "the same session twice",
        () => differences(messages, [...right, { ...right[2]!, id: "other" }]),
        /two sessions/,
      ],
      ["an id used twice", () => changed(1, { id: "id-0" }), /ids occur more than once/],
      ["a wrong end", () => changed(0, { endMs: 2 }), /ends at 2, expected 1/],
      ["a wrong start", () => changed(0, { startMs: -1 }), /missing: a @ 0[^]*unexpected: a @ -1/],
      ["a lost message", () => changed(0, { messages: right[0]!.messages.slice(1), messageCount: 1 }), /lacks 1 ×/],
      [
        "a doubled message",
        () => changed(2, { messages: [messages[3]!, messages[3]!], messageCount: 2 }),
        /too many ×/,
      ],
      ["a wrong order", () => changed(0, { messages: right[0]!.messages.toReversed() }), /out of order/],
      ["a wrong count", () => changed(0, { messageCount: 3 }), /says 3 messages, holds 2/],
      ["a wrong embedding", () => changed(0, { embeddingLength: 512 }), /512 floats/],
      ["an empty summary", () => changed(0, { summary: "" }), /no summary/],
    ] as const) {
      it(`finds ${what}`, () => assert.match(found().join("\n"), pattern));
    }
  });

  it("takes what became a dead letter out of what is expected, and no more", () => {
    const messages = [sent("a", 0), sent("a", 1)];
    const letter = { id: "1", code: "X", stage: "parse", kind: "record", messageCount: 1, payload: Buffer.alloc(0) };
    const placed = { ...letter, placeKey: placeKey(messages[0]!.place) };
    assert.deepEqual(withoutDeadLetters(messages, [placed]), [messages[1]]);
    assert.throws(() => withoutDeadLetters(messages, [placed, placed]), /two dead letters/);
    assert.throws(() => withoutDeadLetters(messages, [{ ...letter, placeKey: "elsewhere" }]), /nothing that was sent/);
  });
});
