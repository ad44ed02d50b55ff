/** Sessions of a conversation: session key, roles and attributes, from the record to the document and back. */
import assert from "node:assert/strict";
import type { ChatMessage, EmbeddedPart, SessionPart } from "../../../../src/chat/model";
import { contentHash } from "../../../../src/chat/steps/documents/content-hash";
import { documentId, type SessionDocument, sessionDocument } from "../../../../src/chat/steps/documents/document";
import { markEdits } from "../../../../src/chat/steps/sessions/edits";
import { type HeldDocument, messagesOf } from "../../../../src/chat/steps/documents/held-document";
import { messageKey } from "../../../../src/chat/steps/ids/message-key";
import { parse } from "../../../../src/chat/steps/records/parse";
import { planRenewal } from "../../../../src/chat/steps/documents/plan-renewal";
import { isSettled, planSession } from "../../../../src/chat/steps/documents/plan-session";
import { sessionise } from "../../../../src/chat/steps/sessions/sessionise";
import type { Attribute, MessageSettings, SessionSettings } from "../../../../src/chat/steps/records/settings";
import { speakersOf } from "../../../../src/chat/steps/sessions/speakers";
import { embeddedPart } from "../../../support/opensearch/embedded-parts";

const ARRIVAL_MS = 1_700_000_000_000;
const ATTRIBUTES: readonly Attribute[] = [
  { name: "channel", field: "meta.channel", values: "first" },
  { name: "queue", field: "queue", values: "last" },
  { name: "tags", field: "tag", values: "all" },
];
const OF_USERS: MessageSettings = {
  ...{ userField: "user.id", contentField: "text", messageIdField: "id", timestampField: "at" },
  ...{ timestampUnit: "auto", normalizeUser: ["lower"], maxMessageBytes: 10_000 },
  ...{ maxFutureMs: 60_000, maxAgeMs: 1_000_000_000 },
  ...{ roleField: "from", roles: { operator: "agent", true: "agent" }, attributes: ATTRIBUTES },
};
const MESSAGES: MessageSettings = { ...OF_USERS, sessionKey: ["chat"] };
const SESSIONS: SessionSettings = {
  ...{ gapMs: 300_000, maxOpenMs: 1, maxOpenMessages: 50, maxOpenBytes: 1_000_000, onEdit: "keep" },
  ...{ maxPartMessages: 4, maxPartTokens: 1_000_000, maxPartBytes: 1_000_000, attributes: ATTRIBUTES },
};

function parsed(value: object, settings = MESSAGES) {
  const position = { shardId: "s", sequenceNumber: "1", subSequenceNumber: 0 };
  return parse({ data: Buffer.from(JSON.stringify(value)), arrivalMs: ARRIVAL_MS, position }, settings);
}

function message(value: object, settings = MESSAGES): ChatMessage {
  const result = parsed({ chat: "c1", text: "hi", ...value }, settings);
  assert.ok(result.ok, JSON.stringify(result));
  return result.message;
}

const alice = { user: { id: "alice" } };
const anna = { user: { id: "anna" }, from: "Operator" };
/** A chat of two customers and two agents, in seconds. */
const CHAT = [
  { ...anna, text: "Welcome!", at: ARRIVAL_MS },
  { ...alice, text: "Where is it?", at: ARRIVAL_MS + 1_000, meta: { channel: "web" }, tag: "vip" },
  { user: { id: "bob" }, text: "I want to know, too.", at: ARRIVAL_MS + 2_000, meta: { channel: "app" }, tag: 7 },
  { ...anna, text: "On its way.", at: ARRIVAL_MS + 4_500, queue: "first", tag: "vip" },
  { user: { id: "ben" }, from: "operator", text: "Here it is.", at: ARRIVAL_MS + 6_000, queue: "second" },
].map((own) => message(own));

function partsOf(messages: readonly ChatMessage[], settings = SESSIONS): readonly SessionPart[] {
  return sessionise("c1", messages, { pane: 0, early: false }, settings).parts;
}

function documentOf(part: SessionPart): SessionDocument {
  const content: EmbeddedPart = { ...embeddedPart(0, 2), part };
  const plan = { id: "any", content, contentHash: contentHash(part, "test"), isSmaller: false, heldPositions: [] };
  return sessionDocument(plan, { storeMessages: true, stream: "chat" }, 0);
}

/** As the index gives them back. */
function held(parts: readonly SessionPart[]): readonly HeldDocument[] {
  return parts.map((part, index) => ({
    id: documentId(part),
    version: { seqNo: index, primaryTerm: 1 },
    source: JSON.parse(JSON.stringify(documentOf(part))) as SessionDocument,
  }));
}

function planned(messages: readonly ChatMessage[], documents: readonly HeldDocument[], sessions = SESSIONS) {
  const versions = Object.fromEntries(documents.map(({ id, version }) => [id, version]));
  const seen = { ledger: { entries: [] }, documents: versions };
  const session = { sessionKey: "c1", messages, pane: 0, early: false };
  return planSession(session, documents, seen, { sessions, answering: "test" });
}

describe("the session key of a message", () => {
  it("is the value of a field, with all digits of a number, or a list of several values", () => {
    assert.equal(message(alice).sessionKey, "c1");
    const number = parse(
      {
        data: Buffer.from('{"chat":1129384756102938475,"user":{"id":1},"text":"x"}'),
        arrivalMs: ARRIVAL_MS,
        position: { shardId: "s", sequenceNumber: "1", subSequenceNumber: 0 },
      },
      MESSAGES,
    );
    assert.ok(number.ok && number.message.sessionKey === "1129384756102938475");
    const several = { ...MESSAGES, sessionKey: ["org.id", "user.id"] };
    const own = message({ user: { id: "ALICE" }, org: { id: 'a"c' } }, several);
    assert.equal(own.sessionKey, '["a\\"c","alice"]', "the user's part is normalised like the user");
    assert.equal(own.userId, "alice");
  });

  it("is demanded: a record without it is a dead letter that names the field and the option", () => {
    for (const chat of [undefined, null, "", " ", {}, [1], 1.5, true, "x".repeat(257), "\ud800"]) {
      const result = parsed({ ...alice, text: "hi", chat });
      assert.ok(!result.ok && result.code === "NO_SESSION_KEY", JSON.stringify(chat));
      assert.match(result.reason, /at "chat".*--session-key/);
    }
    const twice = parsed({ ...alice, text: "hi", from: { a: 1 }, "user.id": "bob" });
    assert.ok(!twice.ok && twice.code === "AMBIGUOUS");
  });

  it("may be missing beside the sample chat, and is then the user, who is the customer", () => {
    const optional = { ...MESSAGES, isConversationOptional: true } as const;
    for (const chat of [undefined, null, {}, "\ud800"]) {
      const own = message({ ...alice, text: "hi", chat, from: { a: 1 } }, optional);
      assert.ok(!("sessionKey" in own) && !("role" in own), JSON.stringify(chat));
      assert.equal(messageKey(own), messageKey(message({ ...alice, text: "hi" }, OF_USERS)));
    }
  });

  it("has ids of its own for each author", () => {
    const [held, other, edit] = [anna, alice, anna].map((who, place) =>
      message({ ...who, id: "1", text: `text ${place}`, at: ARRIVAL_MS + place }),
    );
    const marked = markEdits([other!, edit!], [held!]);
    assert.deepEqual(
      marked.map(({ isEdit }) => isEdit),
      [undefined, true],
    );
  });

  it("decides the document's id, and not the author", () => {
    const id = documentId(partsOf(CHAT)[0]!);
    assert.equal(id, documentId({ sessionKey: "c1", messages: CHAT }));
    assert.notEqual(id, documentId({ sessionKey: "c2", messages: CHAT }));
  });

  it("keeps what two authors say at one time, and under one id, apart: they are two messages, and no edit", () => {
    for (const id of [undefined, "7"]) {
      const [one, other] = [message({ ...alice, id, at: ARRIVAL_MS }), message({ ...anna, id, at: ARRIVAL_MS })];
      assert.notEqual(messageKey(one), messageKey(other));
      const again = message({ ...alice, id, at: ARRIVAL_MS });
      const { parts, duplicates, edits } = sessionise("c1", [one, other, again], { pane: 0, early: false }, SESSIONS);
      assert.deepEqual([parts[0]!.messages.length, duplicates, edits], [2, 1, 0]);
    }
    const [said, changed] = [message({ ...alice, id: "7" }), message({ ...alice, id: "7", text: "ho" })];
    assert.equal(sessionise("c1", [said, changed], { pane: 0, early: false }, SESSIONS).edits, 1);
  });
});

describe("the role of a message", () => {
  it("is ours for the producer's word, in any case; the word itself; or the customer without one", () => {
    const roleOf = (from?: unknown) => message({ ...alice, from }).role;
    assert.deepEqual(["OPERATOR", " operator ", true].map(roleOf), ["agent", "agent", "agent"]);
    assert.deepEqual(["Supervisor", 3, false].map(roleOf), ["supervisor", "3", "false"]);
    assert.deepEqual([undefined, null, "", "Customer"].map(roleOf), [undefined, undefined, undefined, undefined]);
    assert.equal(roleOf("\u{e0041}\u200bbot"), "\ufffdbot", "unseen text is shown");
  });

  it("is refused where it is no word", () => {
    for (const from of [{}, ["agent"], 1.5, "x".repeat(65)]) {
      const result = parsed({ ...alice, chat: "c1", text: "hi", from });
      assert.ok(!result.ok && result.code === "BAD_ROLE", JSON.stringify(from));
      assert.ok(!result.reason.includes("xxx"));
    }
  });

  it("is numbered where several people have it, as they appear, and never a name", () => {
    assert.deepEqual(speakersOf(CHAT), [
      ["agent", 1],
      ["customer", 1],
      ["customer", 2],
      ["agent", 1],
      ["agent", 2],
    ]);
    assert.deepEqual(speakersOf(CHAT.slice(3)), [
      ["agent", 1],
      ["agent", 2],
    ]);
    assert.deepEqual(speakersOf(CHAT.slice(1, 2)), [["customer"]]);
    const hostile = message({ ...alice, from: "\u0001".repeat(60) });
    assert.ok(speakersOf([hostile])[0]![0].length <= 3, "costs a prompt no more than a few words");
  });

  it("is part of what models are asked", () => {
    const [asCustomer, asAgent] = [message(alice), message({ ...alice, from: "operator" })];
    assert.notEqual(contentHash(partsOf([asCustomer])[0]!, "test"), contentHash(partsOf([asAgent])[0]!, "test"));
  });
});

describe("the document of a conversation", () => {
  it("tells who took part, how soon the customer was answered, and how long it was", () => {
    const [first, second] = partsOf(CHAT).map(documentOf);
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual([first.userId, first.sessionKey], ["alice", "c1"], "the customer who wrote first");
    assert.deepEqual(first.participants, [
      { id: "anna", role: "agent", messageCount: 2 },
      { id: "alice", role: "customer", messageCount: 1 },
      { id: "bob", role: "customer", messageCount: 1 },
    ]);
    assert.deepEqual(first.roles, ["agent", "customer"]);
    assert.deepEqual(first.messageCountByRole, { agent: 2, customer: 2 });
    assert.deepEqual([first.firstResponseMs, first.durationMs, first.characters], [3_500, 4_500, 51]);
    assert.deepEqual(
      [second.userId, second.firstResponseMs],
      ["ben", undefined],
      "no customer, no first message of one",
    );
    assert.deepEqual(
      first.messages!.map(({ author, role }) => [author, role]),
      [
        ["anna", "agent"],
        ["alice", "customer"],
        ["bob", "customer"],
        ["anna", "agent"],
      ],
    );
  });

  it("has the first, the last or all values of the session's attributes, in each of its parts", () => {
    const attributes = { channel: "web", queue: "second", tags: ["vip", "7"] };
    assert.deepEqual(
      partsOf(CHAT)
        .map(documentOf)
        .map((own) => own.attributes),
      [attributes, attributes],
    );
    const values = [{ a: 1 }, ["x"], null, ""].map((tag) => message({ ...alice, tag }).attributes);
    assert.deepEqual(values, [undefined, undefined, undefined, undefined]);
    assert.equal(message({ ...alice, tag: "x".repeat(300) }).attributes!["tags"]!.length, 256);
    const many = Array.from({ length: 40 }, (_, tag) => message({ ...alice, tag, at: ARRIVAL_MS + tag }));
    assert.equal(partsOf(many)[0]!.attributes!["tags"]!.length, 32);
    const hostile: Attribute = { name: "constructor", field: "no.such", values: "first" };
    const named = partsOf(CHAT, { ...SESSIONS, attributes: [hostile] })[0]!.attributes!;
    assert.deepEqual(Object.keys(named).sort(), ["channel", "queue", "tags"]);
  });

  it("counts free roles together: a producer's word becomes no field", () => {
    const own = documentOf(partsOf([message({ ...alice, from: "__proto__" }), message({ ...anna, from: "bot" })])[0]!);
    assert.deepEqual(own.messageCountByRole, { other: 1, bot: 1 });
  });

  it("has neither session key nor first response where the user is the key and nobody answers", () => {
    const own = documentOf({ ...partsOf([message(alice, OF_USERS)])[0]!, sessionKey: "alice" });
    assert.deepEqual([own.userId, own.sessionKey, own.firstResponseMs], ["alice", undefined, undefined]);
    assert.ok(!("sessionKey" in own) && !("firstResponseMs" in own));
  });

  it("gives its messages back with authors, roles, session key and attributes", () => {
    const read = held(partsOf(CHAT)).flatMap((document) => messagesOf(document)!);
    const but = ({ arrivalMs: _, position: __, ...own }: ChatMessage) => own;
    assert.deepEqual(read.map(but), CHAT.map(but));
    assert.deepEqual(read.map(messageKey), CHAT.map(messageKey));
  });

  it("is left alone by a replay, and amended with the right counts, first response and attributes", () => {
    const documents = held(partsOf(CHAT));
    assert.ok(isSettled({ sessionKey: "c1", messages: CHAT, pane: 0, early: false }, documents, "keep"));
    assert.deepEqual(planned(CHAT, documents).documents, []);
    const at = ARRIVAL_MS + 500;
    const earlier = message({ ...alice, text: "Anybody?", at, meta: { channel: "phone" } });
    const { documents: amended, fresh } = planned([earlier, ...CHAT.slice(0, 2)], documents);
    assert.deepEqual(fresh, [earlier]);
    const parts = amended.map(({ content }) =>
      "part" in content && typeof content.part === "object" ? content.part : (content as SessionPart),
    );
    const again = parts.map(documentOf);
    assert.deepEqual(
      again.map(({ attributes }) => attributes!["channel"]),
      ["phone", "phone"],
    );
    assert.deepEqual(
      again.map(({ firstResponseMs }) => firstResponseMs),
      [4_000, undefined],
    );
    assert.deepEqual(
      again.map(({ messageCountByRole }) => messageCountByRole),
      [{ agent: 1, customer: 3 }, { agent: 2 }],
    );
  });

  it("keeps the attributes of its documents when a job amends it that does not name them", () => {
    const documents = held(partsOf(CHAT));
    const { attributes: had } = documents[0]!.source;
    const later = { ...alice, text: "Bye.", at: ARRIVAL_MS + 7_000 };
    const amendedBy = (attributes: readonly Attribute[], own: ChatMessage) =>
      planned([own], documents, { ...SESSIONS, attributes }).documents.map(({ content }) => {
        const part = "part" in content && typeof content.part === "object" ? content.part : (content as SessionPart);
        return part.attributes;
      });
    const bare = message(later, { ...MESSAGES, attributes: [] });
    for (const found of amendedBy([], bare)) assert.deepEqual(found, had);
    const tags: readonly Attribute[] = [{ name: "tags", field: "tag", values: "all" }];
    for (const found of amendedBy(tags, { ...bare, attributes: { tags: "new" } }))
      assert.deepEqual(found, { ...had, tags: [...(had!["tags"] as string[]), "new"] });
    const redriven = partsOf(CHAT, { ...SESSIONS, attributes: [] })[0]!;
    assert.deepEqual(redriven.attributes, { channel: "web", queue: "first", tags: "vip" }, "those of the messages");
  });

  it("keeps all of it when models answer anew", () => {
    const documents = held(partsOf(CHAT));
    const session = { sessionKey: "c1", messages: CHAT, pane: 0, early: false };
    const versions = Object.fromEntries(documents.map(({ id, version }) => [id, version]));
    const seen = { ledger: { entries: [] }, documents: versions };
    const { documents: renewed } = planRenewal(session, documents, seen, { answering: "another prompt" });
    const kept = renewed.map(({ content }) => documentOf(content as SessionPart));
    const facts = ({ attributes, firstResponseMs, participants, userId, sessionKey, messages }: SessionDocument) =>
      JSON.parse(JSON.stringify({ attributes, firstResponseMs, participants, userId, sessionKey, messages })) as object;
    assert.deepEqual(kept.map(facts), partsOf(CHAT).map(documentOf).map(facts));
  });

  it("is written anew for another attribute alone, without asking a model", () => {
    const documents = held(partsOf(CHAT));
    const later = message({ ...anna, text: "Bye.", at: ARRIVAL_MS + 7_000, queue: "third" });
    const { documents: amended } = planned([later], documents);
    assert.deepEqual(
      amended.map(({ content }) => "embedding" in content),
      [true, false],
      "the first part has only another queue",
    );
  });
});
