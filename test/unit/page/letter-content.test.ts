import assert from "node:assert/strict";
import type { DeadLetter } from "../../../src/chat/model";
import { sessionDeadLetter } from "../../../src/chat/steps/dead-letter";
import { contentOf } from "../../../src/page/letter-content";
import { chatMessage, sessionPart } from "../../support/opensearch/embedded-parts";

const CARD = "4111 1111 1111 1111";
const MAX_CHARACTERS = 65_536;

function record(payload: string | Uint8Array): DeadLetter {
  return {
    ...{ code: "UNREADABLE", stage: "parse", reason: "It is none.", kind: "record", messageCount: 1, timestampMs: 0 },
    payload: Buffer.from(payload),
    position: { shardId: "s", sequenceNumber: "1", subSequenceNumber: 0 },
  };
}

describe("the content of a dead letter on the page", () => {
  it("is its text, with values masked until they are revealed", () => {
    const letter = record(`{"card":"${CARD}"}`);
    assert.deepEqual(contentOf(letter, false), {
      kind: "text",
      text: [{ text: '{"card":"' }, { masked: "card" }, { text: '"}' }],
      isCut: false,
    });
    assert.deepEqual(contentOf(letter, true), {
      kind: "text",
      text: [{ text: `{"card":"${CARD}"}` }],
      isCut: false,
    });
  });

  it("is hexadecimal where it is no text", () => {
    assert.deepEqual(contentOf(record(Buffer.from([0xff, 0x00, 0x0a])), false), {
      kind: "bytes",
      hexadecimal: "ff 00 0a",
      isCut: false,
    });
    const long = contentOf(record(new Uint8Array(10_000).fill(0xff)), false);
    assert.ok(long.kind === "bytes" && long.isCut && long.hexadecimal.length === 4_096 * 3 - 1);
  });

  it("masks a value that its cut goes through, at each place", () => {
    for (let place = 0; place <= CARD.length; place++) {
      const text = `${"a ".repeat(MAX_CHARACTERS).slice(0, MAX_CHARACTERS - place - 1)} ${CARD} and more`;
      const content = contentOf(record(text), false);
      assert.ok(content.kind === "text" && content.isCut);
      const plain = content.text.map((piece) => ("masked" in piece ? "" : piece.text)).join("");
      assert.doesNotMatch(plain, /\d/, String(place));
    }
  });

  it("is the messages of a session, in bounds", () => {
    const part = (count: number, content: string) =>
      sessionPart(
        "zoe",
        Array.from({ length: count }, (_, number) => chatMessage(number, { content })),
      );
    const few = contentOf(sessionDeadLetter("MODEL_REFUSED", "No.", part(2, `my card ${CARD}`)), false);
    assert.ok(few.kind === "messages" && !few.isCut);
    assert.deepEqual(few.messages[1]!.text, [{ text: "my card " }, { masked: "card" }]);
    const many = contentOf(sessionDeadLetter("MODEL_REFUSED", "No.", part(600, "x")), false);
    assert.ok(many.kind === "messages" && many.isCut && many.messages.length === 500);
    const long = contentOf(sessionDeadLetter("MODEL_REFUSED", "No.", part(3, "x".repeat(40_000))), false);
    assert.ok(long.kind === "messages" && long.isCut && long.messages.length === 2);
  });
});
