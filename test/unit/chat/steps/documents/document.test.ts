import assert from "node:assert/strict";
import fc from "fast-check";
import { validate, version } from "uuid";
import { chatMessage, sessionPart } from "../../../../support/opensearch/embedded-parts";
import type { ChatMessage, EmbeddedPart } from "../../../../../src/chat/model";
import { sessionDeadLetter } from "../../../../../src/chat/steps/letters/dead-letter";
import { messageKey } from "../../../../../src/chat/steps/ids/message-key";
import { countRead, heldKeys } from "../../../../../src/chat/steps/sessions/edits";
import {
  chatMessageOf,
  deadLetterId,
  documentId,
  type DocumentSettings,
  sessionDocument,
  type SessionDocument,
} from "../../../../../src/chat/steps/documents/document";
import { answered } from "../../../../../src/chat/steps/documents/held-document";
import { heldPosition } from "../../../../../src/chat/steps/sessions/position";

const SEED = 20_260_301;

const message = fc.record({
  userId: fc.constant(""),
  content: fc.string({ unit: "binary" }),
  timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  arrivalMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  position: fc.record({
    shardId: fc.constantFrom("shardId-000000000000", "shardId-000000000001"),
    sequenceNumber: fc.bigInt({ min: 1n, max: 10n ** 55n }).map(String),
    subSequenceNumber: fc.integer({ min: 0, max: 9 }),
  }),
});
/** Users with lone surrogates too. */
const user = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 8 })
  .map((units) => String.fromCharCode(...units));

const letterOf = (messages: readonly ChatMessage[]) =>
  sessionDeadLetter("DOCUMENT_REFUSED", "a reason", sessionPart("alice", messages));

describe("document ids", () => {
  it(`depend on the user, the first time and the first key alone (seed ${SEED})`, () => {
    fc.assert(
      fc.property(
        user,
        message,
        fc.array(message, { maxLength: 4 }),
        fc.nat(9),
        fc.boolean(),
        (userId, first, others, number, early) => {
          const id = documentId(sessionPart(userId, [first]));
          assert.ok(validate(id) && version(id) === 5);
          const later = others.map((other, index) => ({ ...other, timestampMs: first.timestampMs + index + 1 }));
          const moved = {
            ...first,
            arrivalMs: 1,
            position: { shardId: "a", sequenceNumber: "1", subSequenceNumber: 7 },
          };
          const replayed = sessionPart(userId, [moved, ...later]);
          const numbered = { ...replayed, part: number, partCount: 10, pane: number, early };
          assert.equal(documentId(numbered), id);
        },
      ),
      { seed: SEED },
    );
  });

  it(`do not depend on which of several first messages came first (seed ${SEED})`, () => {
    const tied = fc.array(message, { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(user, tied, message, (userId, messages, last) => {
        const first = messages.map((own) => ({ ...own, timestampMs: 5 }));
        const end = { ...last, timestampMs: 6 };
        const one = documentId(sessionPart(userId, [...first, end]));
        assert.equal(documentId(sessionPart(userId, [...first.reverse(), end])), one);
      }),
      { seed: SEED },
    );
  });

  it(`differ as soon as user, event time or key do (seed ${SEED})`, () => {
    fc.assert(
      fc.property(user, user, message, message, (oneUser, otherUser, one, other) => {
        const key = (userId: string, own: ChatMessage): string =>
          JSON.stringify([userId, own.timestampMs, messageKey(own)]);
        const sameId = documentId(sessionPart(oneUser, [one])) === documentId(sessionPart(otherUser, [other]));
        assert.equal(sameId, key(oneUser, one) === key(otherUser, other));
      }),
      { seed: SEED },
    );
  });

  it("differ for two sessions that begin with one message, sent twice with its id", () => {
    const first = chatMessage(1);
    const again = { ...first, timestampMs: first.timestampMs + 3_600_000 };
    assert.notEqual(documentId(sessionPart("alice", [first])), documentId(sessionPart("alice", [again])));
  });

  it("stay as they are: an index holds documents of older versions", () => {
    assert.equal(documentId(sessionPart("alice", [chatMessage(1)])), "f2e73f95-90d9-5177-8889-d8f54e586885");
    const { position } = chatMessage(1);
    const payload = Buffer.from("anything");
    assert.equal(deadLetterId({ kind: "record", position, payload }), "39f6d976-3a2f-5c8f-8b1e-20cd90c55e22");
    assert.equal(deadLetterId(letterOf([chatMessage(1)])), "d70f1323-3246-5552-b17c-9c41d07fd5a3");
  });

  it("tells apart dead letters of two files of one name, and knows one again", () => {
    const position = { shardId: "export.jsonl", sequenceNumber: "0", subSequenceNumber: 0 };
    const id = (text: string): string => deadLetterId({ kind: "record", position, payload: Buffer.from(text) });
    assert.notEqual(id("{broken"), id("{broken too"));
    assert.equal(id("{broken"), id("{broken"));
  });

  it("of a dead letter tell a record from the session that begins with it", () => {
    const session = letterOf([chatMessage(1)]);
    assert.notEqual(deadLetterId({ ...session, kind: "record" }), deadLetterId(session));
  });

  it("of a session's dead letter depend on its messages alone: less of them does not overwrite more", () => {
    const [one, other] = [chatMessage(1), chatMessage(2)];
    const whole = deadLetterId(letterOf([one, other]));
    const elsewhere = { shardId: "other", sequenceNumber: "1", subSequenceNumber: 0 };
    assert.equal(deadLetterId(letterOf([{ ...one, position: elsewhere, arrivalMs: 1 }, other])), whole);
    assert.notEqual(deadLetterId(letterOf([one])), whole);
  });
});

describe("a document", () => {
  const at = (shardId: string, sequenceNumber: string) => ({ shardId, sequenceNumber, subSequenceNumber: 0 });
  const part = sessionPart("alice", [
    chatMessage(1, { position: at("b", "900") }),
    chatMessage(2, { position: at("a", "77") }),
    chatMessage(3, { position: at("b", "1000") }),
    chatMessage(4, { position: at("b", "95") }),
  ]);
  const embedded = {
    part,
    summary: {
      summary: "",
      language: "en",
      intent: "",
      topics: [],
      sentiment: "neutral",
      sensitive: false,
      sensitiveKinds: [],
    },
    summaryModel: "s",
    promptVersion: 3,
    taxonomyHash: "t",
    embedding: [1],
    embeddingModel: "e",
    unreadCharacters: 0,
    embeddingTruncated: false,
  } as const;

  it("names the first and last record of each shard, by position", () => {
    const { positions } = documentOf(embedded, { storeMessages: true, stream: "chat" }, 0);
    assert.deepEqual(positions, [
      { shardId: "a", first: "77", last: "77" },
      { shardId: "b", first: "95", last: "1000" },
    ]);
  });

  it("names no shard of messages that were read back from the index", () => {
    const held = sessionPart("alice", [chatMessage(0, { position: heldPosition(0) }), ...part.messages]);
    const { positions } = documentOf({ ...embedded, part: held }, { storeMessages: true, stream: "chat" }, 0);
    assert.deepEqual(
      positions.map(({ shardId }) => shardId),
      ["a", "b"],
    );
  });

  it("says with what it was asked, and holds answers as pairs of one field", () => {
    const settings = { storeMessages: true, stream: "chat" };
    const plain = documentOf(embedded, settings, 0);
    assert.deepEqual([plain.summaryModel, plain.promptVersion, plain.taxonomyHash], ["s", 3, "t"]);
    assert.ok(!("categories" in plain));
    const categories = { solved: "no", churn_risk: "yes", formula: "a=b" };
    const answeredPart = { ...embedded, summary: { ...embedded.summary, categories } };
    const asked = documentOf(answeredPart, settings, 0);
    assert.deepEqual(asked.categories, ["solved=no", "churn_risk=yes", "formula=a=b"]);
    const held = { id: "1", version: { seqNo: 0, primaryTerm: 1 }, source: asked };
    assert.deepEqual(answered(part, held), answeredPart);
  });

  it("names the rules that alert of it, and has no such field without any", () => {
    const settings = { storeMessages: true, stream: "chat" };
    const plan = { id: "any", content: embedded, contentHash: "any", isSmaller: false, heldPositions: [] };
    assert.deepEqual(sessionDocument(plan, settings, 0, ["card"]).alerts, ["card"]);
    assert.ok(!("alerts" in sessionDocument(plan, settings, 0, [])));
  });

  it("says what its summary and its vector know nothing of", () => {
    const settings = { storeMessages: true, stream: "chat" };
    const whole = documentOf(embedded, settings, 0);
    assert.deepEqual([whole.truncated, whole.unreadCharacters, whole.embeddingTruncated], [false, 0, false]);
    const partial = documentOf({ ...embedded, unreadCharacters: 17, embeddingTruncated: true }, settings, 0);
    assert.deepEqual([partial.truncated, partial.unreadCharacters, partial.embeddingTruncated], [true, 17, true]);
  });

  it(`gives its messages back as they were, but for arrivals and positions (seed ${SEED})`, () => {
    const key = fc.constantFrom("a", "b", "c");
    const edit = fc.record({
      isEdit: fc.constant(true as const),
      replaces: fc.record({ keys: fc.array(key, { minLength: 1 }), writtenMs: fc.nat() }, { noNullPrototype: true }),
    });
    const id = fc.record({ messageId: fc.string({ unit: "binary" }) });
    const redacted = fc.record({ redacted: fc.array(key, { minLength: 1 }) });
    const some = fc.tuple(message, fc.oneof(fc.constant({}), id), fc.oneof(fc.constant({}), edit, redacted));
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 5 }), (all) => {
        const messages = all.map(([own, id, edit]) => ({ ...own, ...id, ...edit, userId: "alice" }));
        const own = sessionPart("alice", messages);
        const document = documentOf({ ...embedded, part: own }, { storeMessages: true, stream: "chat" }, 0);
        const stored = JSON.parse(JSON.stringify(document)) as typeof document;
        const read = stored.messages!.map((each, index) => chatMessageOf(each, { userId: "alice" }, index));
        const expected = messages.map((each, index) => {
          return { ...each, arrivalMs: each.timestampMs, position: heldPosition(index) };
        });
        assert.deepEqual(read, expected);
        assert.deepEqual(read.flatMap(heldKeys), stored.keys);
        assert.equal(stored.keys.length, countRead(messages));
      }),
      { seed: SEED },
    );
  });

  it("leaves the messages out when told so", () => {
    const document = documentOf(embedded, { storeMessages: false, stream: "chat" }, 0);
    assert.equal(document.messages, undefined);
    assert.deepEqual(document.keys, part.messages.map(messageKey));
    assert.equal(document.messageCount, 4);
  });
});

function documentOf(content: EmbeddedPart, settings: DocumentSettings, indexedAtMs: number): SessionDocument {
  const plan = { id: "any", content, contentHash: "any", isSmaller: false, heldPositions: [] };
  return sessionDocument(plan, settings, indexedAtMs);
}
