import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { ENTITIES } from "../../../src/chat/detectors/detector";
import type { ChatMessage } from "../../../src/chat/model";
import { BUILT_IN_RULES, redactedIn, ruleDetectorOf } from "../../../src/chat/alerts/rules";
import { keyFileOf, pseudonymKey } from "../../../src/chat/privacy/key-file";
import { isMarked, withoutKinds } from "../../../src/chat/privacy/masks";
import { mayBeOriginal } from "../../../src/chat/privacy/may-be-original";
import { Pseudonyms } from "../../../src/chat/privacy/pseudonyms";
import { redactorOf } from "../../../src/chat/privacy/redactor";
import type { Mask, PrivacySettings, RedactionSettings } from "../../../src/chat/privacy/settings";
import { type HeldDocument, redacted } from "../../../src/chat/steps/documents/held-document";
import { messageKey } from "../../../src/chat/steps/ids/message-key";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";

const CARD = "4111 1111 1111 1111";
const MESSAGE: ChatMessage = {
  userId: "alice",
  content: `my card is ${CARD}, thanks`,
  messageId: "m1",
  timestampMs: 1,
  arrivalMs: 1,
  position: { shardId: "s", sequenceNumber: "1", subSequenceNumber: 0 },
};

/** Of random texts. */
const SEED = 23;

function redaction(mask: Mask, where: "model" | "index" | "both" = "both"): PrivacySettings {
  return { redaction: { entities: ENTITIES, mask, where } };
}

describe("A redacted message", () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder("privacy");
  });
  after(() => folder.remove());
  const key = (name = "key", text = "k".repeat(32)) => {
    const file = path.join(folder.path, name);
    writeFileSync(file, text);
    return keyFileOf(file);
  };

  it("has the mark that is asked for in every text, and nothing else changes", () => {
    const contentOf = (privacy: PrivacySettings) => redactorOf(privacy).message(MESSAGE).content;
    assert.equal(contentOf(redaction("pii")), "my card is [PII], thanks");
    assert.equal(contentOf(redaction("type")), "my card is [CARD], thanks");
    assert.match(contentOf({ ...redaction("pseudonym"), key: key() }), /^my card is \[CARD:[\w-]{12}\], thanks$/);
    const message = { ...MESSAGE, role: `r ${CARD}`, attributes: { tenant: "acme", note: `call ${CARD}` } };
    assert.deepEqual(redactorOf(redaction("type")).message(message), {
      ...message,
      content: "my card is [CARD], thanks",
      redacted: ["card"],
      role: "r [CARD]",
      attributes: { tenant: "acme", note: "call [CARD]" },
    });
    const plain = { ...MESSAGE, content: "hello" };
    assert.equal(redactorOf(redaction("type")).message(plain), plain);
  });

  it("stays as it is when it is redacted again, whatever stands around the mark", () => {
    const contents = [
      `password: ${CARD}x`,
      "password: hunter2!",
      "(pwd=s3cretS)",
      "https://u:pass1@h/",
      `${CARD}, a@b.de`,
    ];
    for (const mask of ["pii", "type", "pseudonym"] as const) {
      const redactor = redactorOf({ ...redaction(mask), ...(mask === "pseudonym" ? { key: key() } : {}) });
      for (const content of contents) {
        const once = redactor.message({ ...MESSAGE, content }).content;
        assert.notEqual(once, content);
        assert.equal(redactor.message({ ...MESSAGE, content: once }).content, once, `${mask}: ${content}`);
      }
    }
  });

  it("has the same pseudonym for the same value in any spelling, under one key", () => {
    const mark = (value: string, of = key()) =>
      redactorOf({ ...redaction("pseudonym"), key: of }).message({ ...MESSAGE, content: value }).content;
    assert.equal(mark("4111111111111111"), mark("4111-1111-1111-1111"));
    assert.equal(mark("A@b.de"), mark("a@B.de"));
    assert.notEqual(mark("a@b.de"), mark("c@b.de"));
    assert.notEqual(mark("a@b.de"), mark("a@b.de", key("other", "o".repeat(32))));
  });

  it("has no id that holds personal data: a pseudonym under a key, else none", () => {
    const message = { ...MESSAGE, messageId: "alice@example.com-17" };
    const { messageId, hasUnusableId } = redactorOf(redaction("type")).message(message);
    assert.deepEqual([messageId, hasUnusableId], [undefined, true]);
    assert.match(redactorOf({ ...redaction("type"), key: key() }).message(message).messageId!, /^pseudonym-/);
  });

  it("has pseudonyms of users, session keys and ids if they are wanted, and once only where it was kept", () => {
    const redactor = redactorOf({ pseudonymisesUsers: true, key: key() });
    const once = redactor.message({ ...MESSAGE, sessionKey: "chat 1" });
    for (const id of [once.userId, once.sessionKey, once.messageId]) assert.match(id ?? "", /^pseudonym-[\w-]{22}$/);
    assert.deepEqual(redactor.keptMessage(once), once);
    const session = { sessionKey: once.sessionKey!, messages: [once] };
    assert.deepEqual(redactor.session(session), session);
    assert.equal(once.content, MESSAGE.content);
  });

  it("has a pseudonym of its own where somebody calls himself as a pseudonym of another one", () => {
    const redactor = redactorOf({ pseudonymisesUsers: true, key: key() });
    const victim = redactor.message({ ...MESSAGE, sessionKey: "chat 1" });
    const thief = redactor.message(victim);
    for (const name of ["userId", "sessionKey", "messageId"] as const) assert.notEqual(thief[name], victim[name]);
    assert.equal(thief.userId, redactor.nameOf("user", victim.userId));
    const card = `pseudonym-${"x".repeat(6)}${CARD.replaceAll(" ", "")}`;
    const withoutUsers = redactorOf({ ...redaction("type"), key: key() });
    const { messageId = "" } = withoutUsers.message({ ...MESSAGE, messageId: card });
    assert.doesNotMatch(messageId, /4111/);
  });

  it("keeps its original for the model where only the index must not have it, and the other way round", () => {
    const forIndex = redactorOf(redaction("type", "index"));
    const message = forIndex.message(MESSAGE);
    assert.equal(message.content, "my card is [CARD], thanks");
    assert.equal(forIndex.forModel([message])[0]!.content, MESSAGE.content);
    assert.equal(forIndex.forVector([message])[0]!.content, message.content);
    const forModel = redactorOf(redaction("type", "model"));
    assert.equal(forModel.message(MESSAGE), MESSAGE);
    assert.equal(forModel.forModel([MESSAGE])[0]!.content, "my card is [CARD], thanks");
    assert.equal(forModel.forVector([MESSAGE])[0]!.content, "my card is [CARD], thanks");
    assert.equal(forModel.forModel([{ ...MESSAGE, role: CARD }])[0]!.role, "[CARD]");
  });

  it("has attributes without personal data, those that a document has held before too", () => {
    const held = { channel: "web", notes: ["ok", `call ${CARD}`], mail: "a@b.de" };
    const redactor = redactorOf(redaction("type"));
    const own = { channel: "web", notes: ["ok", "call [CARD]"], mail: "[EMAIL]" };
    assert.deepEqual(redactor.attributes(held), own);
    const document = {
      ...{ id: "d", version: { seqNo: 1, primaryTerm: 1 } },
      source: { userId: "alice", start: "", end: "", attributes: held, messages: [] },
    } as unknown as HeldDocument;
    const once = redacted(document, redactor);
    assert.deepEqual(once.source.attributes, own);
    assert.equal(redacted(once, redactor), once);
    assert.equal(redacted(document, redactorOf({})), document);
  });

  it("has the same key with any kind of mark", () => {
    const keys = [redaction("pii"), redaction("type"), { ...redaction("pseudonym"), key: key() }].map((privacy) =>
      messageKey(redactorOf(privacy).message(MESSAGE)),
    );
    assert.equal(new Set(keys).size, 1);
  });

  it("raises the alerts of its original, but for rules that are off", () => {
    const message = redactorOf(redaction("pii")).message(MESSAGE);
    const told = (off: readonly string[]) =>
      redactedIn(message, { ...BUILT_IN_RULES, off }).map(({ rule, kind }) => [rule, kind]);
    assert.deepEqual(told([]), [["card", "payment"]]);
    assert.deepEqual(told(["card"]), []);
    assert.deepEqual(redactedIn(MESSAGE, BUILT_IN_RULES), []);
  });

  it("raises the same alerts as its original, whatever was redacted for whom", () => {
    const content = `${CARD}, a@example.com, +49 30 8765432, I will kill you`;
    const rulesIn = (message: ChatMessage, own?: RedactionSettings): readonly string[] => {
      const found = [...ruleDetectorOf(BUILT_IN_RULES, own)(message.content), ...redactedIn(message, BUILT_IN_RULES)];
      return found.map(({ rule }) => rule).toSorted();
    };
    const original = rulesIn({ ...MESSAGE, content });
    assert.deepEqual(original, ["card", "email", "phone", "threat_words"]);
    for (const where of ["model", "index", "both"] as const) {
      for (const entities of [ENTITIES, ["card"], ["email", "phone"]] as const) {
        const own: RedactionSettings = { entities, mask: "type", where };
        const message = redactorOf({ redaction: own }).message({ ...MESSAGE, content });
        assert.deepEqual(rulesIn(message, own), original, `${entities.join()} for ${where}`);
      }
    }
  });

  it("takes 32 random bytes as a key whatever they end with, and tells all such keys apart", () => {
    const checks = [0x0a, 0x0d, 0x6b].map((last) => {
      const bytes = Buffer.alloc(32, "k");
      bytes[31] = last;
      assert.deepEqual(pseudonymKey(bytes, "the key"), bytes);
      assert.deepEqual(pseudonymKey(Buffer.concat([bytes, Buffer.from("\n")]), "the key"), bytes);
      return new Pseudonyms(pseudonymKey(bytes, "the key")).check;
    });
    assert.equal(new Set(checks).size, 3);
  });

  it("refuses a key that is short, missing, or another one than where the job was started", () => {
    assert.throws(() => key("short", "abc"), /less than 32.*openssl rand/);
    assert.throws(() => keyFileOf("/nowhere/key"), /no such file/);
    assert.throws(() => key("short with line breaks", `${"k".repeat(30)}\n`), /holds 31 bytes, less than 32/);
    for (const end of ["\n", "\r\n", "\n\n"])
      assert.equal(key("with a line break", `${"k".repeat(32)}${end}`).check, key().check);
    assert.throws(() => redactorOf({ key: { ...key(), check: "another" } }), /another key on this host/);
  });
});

describe("A redacted text", () => {
  it("may come of any text that is the same around its marks", () => {
    assert(mayBeOriginal("my card is [CARD], thanks", `my card is ${CARD}, thanks`));
    assert(mayBeOriginal("[EMAIL] and [PII]", "a@b.de and [CARD]"));
    assert(!mayBeOriginal("my card is [CARD], thanks", "my card is , thanks"));
    assert(!mayBeOriginal("my card is [CARD], thanks", `your card is ${CARD}, thanks`));
    assert(!mayBeOriginal("hello", "hello there"));
    assert(isMarked("[CARD:abcdefghijkl]") && !isMarked("[CARDS] [1]"));
  });

  it("that is nothing but a mark comes of a value alone, not of any other text of the same time", () => {
    for (const mark of ["[CARD]", "[PII]", "[CREDENTIAL]", "[CARD:abcdefghijkl]"]) {
      for (const text of ["hello", "x", "1", "my number is 17", `${CARD}, thanks`, "[CARD] thanks"])
        assert(!mayBeOriginal(mark, text), `${mark}: ${text}`);
    }
    assert(mayBeOriginal("[CARD]", CARD));
    assert(mayBeOriginal("[PII]", CARD) && !mayBeOriginal("[EMAIL]", CARD));
    assert(mayBeOriginal("[PHONE]", "030 8765432") && !mayBeOriginal("[PHONE]", "at 030 8765432"));
    assert(mayBeOriginal("[CARD] [CARD]", `${CARD} ${CARD}`) && !mayBeOriginal("[CARD] [CARD]", CARD));
  });

  it("comes of what some set of entities makes it of, and of nothing else", () => {
    const words = [CARD, "a@b.de", "DE89370400440532013000", "AKIAIOSFODNN7EXAMPLE", "hi", "1"];
    const textsOf = (own: readonly string[]) =>
      fc.array(fc.constantFrom(...own), { minLength: 1, maxLength: 3 }).map((some) => some.join(" "));
    const sets = fc.subarray([...ENTITIES], { minLength: 1 });
    const masked = (content: string, entities: readonly (typeof ENTITIES)[number][]): string =>
      redactorOf({ redaction: { entities, mask: "type", where: "both" } }).message({ ...MESSAGE, content }).content;
    const all = ENTITIES.reduce<(typeof ENTITIES)[number][][]>(
      (known, own) => [...known, ...known.map((set) => [...set, own])],
      [[]],
    );
    fc.assert(
      fc.property(textsOf(words), sets, textsOf([...words, "[CARD]"]), (content, entities, other) => {
        const own = masked(content, entities);
        const isMade = all.some((set) => masked(other, set) === own);
        // A mark in the other text may stand for any value.
        if (isMade || !other.includes("[")) assert.equal(mayBeOriginal(own, other), isMade, `${own}: ${other}`);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it("is compared in a time that grows with the texts alone, whatever digits and marks stand in them", function () {
    this.timeout(60_000);
    const digits = (bytes: number): string => "1 ".repeat(bytes / 2).trim();
    const cases = [
      ["[PII]", digits(262_144), false],
      ["[PII] ".repeat(1_170).trim(), digits(16_384), true],
    ] as const;
    for (const [own, text, isOriginal] of cases) {
      const before = process.cpuUsage();
      assert.equal(mayBeOriginal(own, text), isOriginal);
      assert.ok(process.cpuUsage(before).user < 2_000_000, `${own.length} and ${text.length} characters`);
    }
  });

  it("is told from its original in any country, whatever numbers it has", () => {
    const value = fc.constantFrom("030 8765432", "(030) 876-54-32", "0151 23456789", "+49 30 8765432", CARD);
    const redactor = redactorOf({
      redaction: { entities: ENTITIES, phoneRegion: "DE", mask: "type", where: "both" },
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: "grapheme", maxLength: 5 }), value), { maxLength: 4 }),
        (pairs) => {
          const content = pairs.map(([text, own]) => `${text} ${own} `).join("");
          const own = redactor.message({ ...MESSAGE, content }).content;
          assert(mayBeOriginal(own, content), `${own}: ${content}`);
        },
      ),
      { seed: SEED },
    );
  });

  it("is told from its original, for any texts around any values", () => {
    const redactor = redactorOf(redaction("type"));
    const value = fc.constantFrom(CARD, "a@b.de", "+49 30 1234567", "DE89370400440532013000", "AKIAIOSFODNN7EXAMPLE");
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme" }), value), { maxLength: 5 }), (pairs) => {
        const content = pairs.map(([text, own]) => `${text} ${own} `).join("");
        const own = redactor.message({ ...MESSAGE, content }).content;
        assert(mayBeOriginal(own, content));
        assert.equal(redactor.message({ ...MESSAGE, content: own }).content, own);
        assert.equal(withoutKinds(withoutKinds(own)), withoutKinds(own));
      }),
      { seed: SEED },
    );
  });
});
