import assert from "node:assert/strict";
import { BUILT_IN_RULES } from "../../../../src/chat/alerts/rules";
import { rulesIn, type RuleSettings } from "../../../../src/chat/alerts/rules-in";
import { ENTITIES } from "../../../../src/chat/detectors/detector";
import type { ChatMessage, EmbeddedPart } from "../../../../src/chat/model";
import { MASKS, type RedactionSettings } from "../../../../src/chat/privacy/settings";
import { redactorOf } from "../../../../src/chat/privacy/redactor";
import { sessionDocument } from "../../../../src/chat/steps/documents/document";
import { redacted } from "../../../../src/chat/steps/documents/held-document";
import { partOf } from "../../../../src/chat/steps/documents/plan-renewal";
import { chatMessage, embeddedPart } from "../../../support/opensearch/embedded-parts";

const SETTINGS: RuleSettings = { rules: BUILT_IN_RULES };
const CARD = "my card is 4111 1111 1111 1111";

function partWith(messages: readonly ChatMessage[], change: Partial<EmbeddedPart["summary"]> = {}): EmbeddedPart {
  const base = embeddedPart(1, 2, change);
  return { ...base, part: { ...base.part, messages } };
}

/** Messages with these texts. */
function saying(...texts: readonly string[]): readonly ChatMessage[] {
  return texts.map((content, index) => chatMessage(index, { content }));
}

/** The part as its document gives it back. */
function readBack(content: EmbeddedPart, redaction?: RedactionSettings): EmbeddedPart {
  const plan = { id: "d", content, contentHash: "h", isSmaller: false, heldPositions: [] };
  const document = JSON.parse(JSON.stringify(sessionDocument(plan, { storeMessages: true, stream: "s" }, 0))) as object;
  const source = document as ReturnType<typeof sessionDocument>;
  const held = { id: "d", version: { seqNo: 0, primaryTerm: 1 }, source };
  const present = redaction === undefined ? held : redacted(held, redactorOf({ redaction }));
  return { ...content, part: partOf(present, content.part.sessionKey)! };
}

describe("The rules that a document names", () => {
  it("are those of its messages and its summary, sorted, each once", () => {
    const messages = saying("hello", CARD, "write to a@example.org", `${CARD} again`);
    const summary = { sensitive: true, sensitiveKinds: ["phone", "health"] };
    const expected = ["card", "email", "summary_health", "summary_phone"];
    assert.deepEqual(rulesIn(SETTINGS)(partWith(messages, summary)), expected);
    assert.deepEqual(rulesIn(SETTINGS)(partWith(saying("hello"), summary)), ["summary_health", "summary_phone"]);
    assert.deepEqual(rulesIn(SETTINGS)(partWith(saying("hello", "and good bye"))), []);
  });

  it("are the job's own too, and none that are off", () => {
    const own = { rule: "lawyers", kind: "legal", severity: "high", words: ["my lawyer"] } as const;
    const rules = { ...BUILT_IN_RULES, phrases: [own], off: ["card"] };
    assert.deepEqual(rulesIn({ rules })(partWith(saying(CARD, "ask my lawyer", "a@example.org"))), [
      "email",
      "lawyers",
    ]);
  });

  it("are the same with what was redacted, when it is written and when it was read back", () => {
    const originals = saying(CARD, "write to a@example.org", "I will kill you");
    const expected = ["card", "email", "threat_words"];
    for (const where of ["model", "index", "both"] as const) {
      for (const mask of MASKS) {
        const redaction: RedactionSettings = { entities: ENTITIES, mask, where };
        const redactor = redactorOf({ redaction });
        const part = partWith(originals.map((message) => redactor.message(message)));
        const names = rulesIn({ rules: BUILT_IN_RULES, redaction });
        assert.deepEqual(names(part), expected, `${mask} for ${where}`);
        assert.deepEqual(names(readBack(part)), expected, `${mask} for ${where}, read back`);
        assert.deepEqual(names(readBack(partWith(originals), redaction)), expected, `${mask} for ${where}, afterwards`);
      }
    }
  });

  it("stay when a second redaction masks more", () => {
    const redactionOf = (entities: RedactionSettings["entities"]): RedactionSettings => {
      return { entities, mask: "pii", where: "both" };
    };
    const [message] = saying(`${CARD}, a@example.org`);
    const once = redactorOf({ redaction: redactionOf(["card"]) }).message(message!);
    const redaction = redactionOf(ENTITIES);
    const names = rulesIn({ rules: BUILT_IN_RULES, redaction });
    assert.deepEqual(names(readBack(partWith([once]), redaction)), ["card", "email"]);
  });
});
