import assert from "node:assert/strict";
import type { ChatMessage, EmbeddedPart, Session } from "../../../../../src/chat/model";
import type { SeenIndex } from "../../../../../src/chat/plan";
import { contentHash } from "../../../../../src/chat/steps/documents/content-hash";
import { documentId, sessionDocument } from "../../../../../src/chat/steps/documents/document";
import type { HeldDocument } from "../../../../../src/chat/steps/documents/held-document";
import {
  freshOf,
  isSettled,
  planSession,
  type PlanSettings,
} from "../../../../../src/chat/steps/documents/plan-session";
import { sessionise } from "../../../../../src/chat/steps/sessions/sessionise";
import { chatMessage, embeddedPart } from "../../../../support/opensearch/embedded-parts";

const SETTINGS: PlanSettings = {
  answering: "test",
  sessions: {
    gapMs: 300_000,
    maxOpenMs: 1,
    maxOpenMessages: 50,
    maxOpenBytes: 1_000_000,
    onEdit: "keep",
    maxPartMessages: 3,
    maxPartTokens: 1_000_000,
    maxPartBytes: 1_000_000,
  },
};

function session(...numbers: readonly number[]): Session {
  return { sessionKey: "alice", messages: numbers.map((number) => chatMessage(number)), pane: 0, early: false };
}

/** The documents that were written for these messages. */
function held(numbers: readonly number[], storeMessages = true): readonly HeldDocument[] {
  const { parts } = sessionise("alice", session(...numbers).messages, { pane: 0, early: false }, SETTINGS.sessions);
  return parts.map((part, index) => {
    const content: EmbeddedPart = { ...embeddedPart(0, 2), part };
    const id = documentId(part);
    const plan = { id, content, contentHash: contentHash(part, "test"), isSmaller: false, heldPositions: [] };
    const source = sessionDocument(plan, { storeMessages, stream: "chat" }, 0);
    return { id, version: { seqNo: index, primaryTerm: 1 }, source };
  });
}

function seen(documents: readonly HeldDocument[]): SeenIndex {
  return { ledger: { entries: [] }, documents: Object.fromEntries(documents.map(({ id, version }) => [id, version])) };
}

function plan(own: Session, documents: readonly HeldDocument[], settings = SETTINGS) {
  return planSession(own, documents, seen(documents), settings);
}

const contents = (content: EmbeddedPart | EmbeddedPart["part"]): readonly string[] =>
  ("part" in content && typeof content.part === "object"
    ? content.part
    : (content as EmbeddedPart["part"])
  ).messages.map((message: ChatMessage) => message.content);
const isAsked = (content: EmbeddedPart | EmbeddedPart["part"]): boolean => !("embedding" in content);

describe("the plan for a session", () => {
  it("is nothing when documents hold all its messages as parts of one session", () => {
    const documents = held([1, 2, 3, 4, 5]);
    assert.ok(isSettled(session(2, 3, 4), documents, "keep"));
    assert.ok(!isSettled(session(2, 6), documents, "keep"));
    assert.deepEqual(
      freshOf(session(2, 6), documents, "keep").map(({ content }) => content),
      ["message 6"],
    );
    assert.ok(
      !isSettled(session(1, 4), [...held([1, 2]), ...held([4])], "keep"),
      "two documents stand for one session",
    );
  });

  it("is its parts when there is nothing near it", () => {
    const { documents, covered, fresh } = plan(session(1, 2, 3, 4), []);
    assert.deepEqual(
      documents.map(({ content }) => contents(content).length),
      [3, 1],
    );
    assert.ok(documents.every(({ content, replaces }) => isAsked(content) && replaces === undefined));
    assert.deepEqual([covered.length, fresh.length], [0, 4]);
  });

  it("joins what is there, under the id of the earliest document, and asks about changed parts only", () => {
    const before = held([1, 2, 3, 10, 11]);
    const { documents, covered } = plan(session(12), before);
    assert.deepEqual(
      documents.map(({ content }) => contents(content)),
      [["message 10", "message 11", "message 12"]],
    );
    assert.deepEqual(
      documents.map(({ id, replaces, isSmaller }) => ({ id, replaces, isSmaller })),
      [{ id: before[1]!.id, replaces: before[1]!.version, isSmaller: false }],
    );
    assert.deepEqual(covered, []);
  });

  it("keeps the earliest document's id when a message comes before it, and never another document's", () => {
    const before = held([1, 2, 3]);
    const { documents, covered } = plan(session(0), before);
    assert.deepEqual(
      documents.map(({ id, content, isSmaller }) => [id === before[0]!.id, contents(content).length, isSmaller]),
      [
        [true, 3, true],
        [false, 1, false],
      ],
    );
    assert.deepEqual(covered, []);
  });

  it("gives no part the id of a document that holds more than it", () => {
    const before = held([1, 2, 3, 10, 11, 12]);
    const { documents, covered } = plan({ ...session(), messages: [chatMessage(10, { messageId: "10b" })] }, before);
    assert.deepEqual(
      documents.map(({ content }) => contents(content).length),
      [3, 3, 1],
    );
    assert.ok(documents.slice(1).every(({ id }) => id !== before[1]!.id));
    assert.deepEqual(
      covered.map(({ id }) => id),
      [before[1]!.id],
    );
  });

  it("asks no model about a text whose answers the process has", () => {
    const [known] = held([1, 2, 3]);
    const recall = (hash: string): EmbeddedPart | undefined =>
      hash === known!.source.contentHash ? embeddedPart(0, 2) : undefined;
    const { documents } = plan(session(1, 2, 3, 4), [], { ...SETTINGS, recall });
    assert.deepEqual(
      documents.map(({ content }) => isAsked(content)),
      [false, true],
    );
  });

  it("writes also unchanged documents when others are deleted, which rely on them", () => {
    const before = [...held([1, 2, 3]), ...held([3])];
    const { documents, covered, fresh } = plan(session(1, 2, 3), before);
    assert.deepEqual([documents.length, fresh.length], [1, 0]);
    assert.ok(documents.every(({ content, replaces }) => !isAsked(content) && replaces !== undefined));
    assert.deepEqual(
      covered.map(({ id }) => id),
      [before[1]!.id],
    );
  });

  it("makes documents of their own of new messages where nothing can be cut anew", () => {
    const bounded = { ...SETTINGS, sessions: { ...SETTINGS.sessions, maxOpenMessages: 4 } };
    for (const { documents, covered } of [
      plan(session(1, 4), held([1, 2, 3], false)),
      plan(session(1, 4, 5), held([1, 2, 3]), bounded),
    ]) {
      assert.ok(documents.every(({ replaces }) => replaces === undefined));
      assert.ok(documents.every(({ content }) => !contents(content).includes("message 1")));
      assert.deepEqual(covered, []);
    }
  });

  describe("with another text under a known id", () => {
    const replacing = { ...SETTINGS, sessions: { ...SETTINGS.sessions, onEdit: "replace" } } as const;
    const [first, later, back] = [1, 2, 3].map((number): ChatMessage => {
      return { ...chatMessage(number), messageId: "m", content: number === 2 ? "later" : "first" };
    });
    const of = (...messages: readonly ChatMessage[]): Session => ({ ...session(), messages });
    /** The documents that a plan makes. */
    const written = ({ documents }: ReturnType<typeof plan>): readonly HeldDocument[] =>
      documents.map((document, seqNo) => {
        const { content } = document;
        const embedded = { ...embeddedPart(0, 2), part: "embedding" in content ? content.part : content };
        const source = sessionDocument({ ...document, content: embedded }, { storeMessages: true, stream: "chat" }, 0);
        return { id: document.id, version: { seqNo, primaryTerm: 1 }, source };
      });

    it("puts a text in the place of the one that the documents hold", () => {
      const before = written(plan(of(first!), [], replacing));
      const both = sessionise("alice", [first!, later!], { pane: 0, early: false }, replacing.sessions).parts[0]!;
      for (const chat of [of(later!), of(...both.messages)]) {
        const { documents, fresh } = plan(chat, before, replacing);
        assert.deepEqual(
          documents.map(({ id, content }) => [id, contents(content)]),
          [[before[0]!.id, ["later"]]],
        );
        assert.equal(fresh.length, 1);
      }
    });

    it("puts a text back that the documents hold as a replaced one, and knows it again", () => {
      const before = written(plan(of(first!, later!), [], replacing));
      assert.ok(isSettled(of(first!, later!), before, "replace"));
      assert.ok(!isSettled(of(back!), before, "replace"));
      const after = plan(of(back!), before, replacing);
      assert.deepEqual(
        after.documents.map(({ id, content }) => [id, contents(content)]),
        [[before[0]!.id, ["first"]]],
      );
      for (const chat of [of(back!), of(first!, later!), of(later!, back!), of(first!, later!, back!)]) {
        assert.deepEqual(plan(chat, written(after), replacing).documents, []);
      }
    });

    it("marks an edit also where nothing can be cut anew, and puts no text back there", () => {
      const bounded = { ...SETTINGS.sessions, maxOpenMessages: 1 };
      const [early] = written(plan(of(first!), []));
      const { documents } = plan(of(later!), [early!], { ...SETTINGS, sessions: bounded });
      const [edit] = documents.map(({ content }) => ("embedding" in content ? content.part : content).messages[0]!);
      assert.deepEqual([edit!.content, edit!.isEdit], ["later", true]);
      const held = written(plan(of(first!, later!), [], replacing));
      const none = plan(of(back!, chatMessage(9)), held, { ...replacing, sessions: { ...bounded, onEdit: "replace" } });
      assert.deepEqual(
        none.documents.flatMap(({ content }) => contents(content)),
        ["message 9"],
      );
    });
  });
});
