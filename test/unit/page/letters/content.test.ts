import assert from "node:assert/strict";
import type { DeadLetter } from "../../../../src/chat/model";
import { sessionDeadLetter } from "../../../../src/chat/steps/letters/dead-letter";
import { contentOf } from "../../../../src/page/letters/content";
import { chatMessage, sessionPart } from "../../../support/opensearch/embedded-parts";

const CARD = "4111 1111 1111 1111";
const MAX_CHARACTERS = 65_536;

function record(payload: string | Uint8Array): DeadLetter {
  return {
    ...{ code: "UNREADABLE", stage: "parse", reason: "It is none.", kind: "record", messageCount: 1, timestampMs: 0 },
    payload: Buffer.from(payload),
    position: { shardId: "s", sequenceNumber: "1", subSequenceNumber: 0 },
  };
}

/** Joins the pieces of a text that are not masked. */
function plainOf(content: ReturnType<typeof contentOf>): string {
  assert.ok(content.kind === "text");
  return content.text.map((piece) => ("masked" in piece ? "" : piece.text)).join("");
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

  it("is hexadecimal where it is no text, and but for its first bytes hidden until they are revealed", () => {
    for (const [bytes, first] of [
      [Buffer.from(`{"text":"caf\xe9 ${CARD}"}`, "latin1"), "7b 22 74 65"],
      [Buffer.from(`{"text":"${CARD}"}`, "utf16le"), "7b 00 22 00"],
    ] as const) {
      const letter = record(bytes);
      assert.deepEqual(contentOf(letter, false), { kind: "bytes", hexadecimal: first, isCut: true });
      const revealed = contentOf(letter, true);
      assert.ok(revealed.kind === "bytes" && !revealed.isCut);
      assert.deepEqual(Buffer.from(revealed.hexadecimal.replaceAll(" ", ""), "hex"), bytes);
    }
    assert.deepEqual(contentOf(record(Buffer.from([0xff, 0x00, 0x0a])), false), {
      kind: "bytes",
      hexadecimal: "ff 00 0a",
      isCut: false,
    });
    const long = contentOf(record(new Uint8Array(10_000).fill(0xff)), true);
    assert.ok(long.kind === "bytes" && long.isCut && long.hexadecimal.length === 4_096 * 3 - 1);
  });

  it("masks values that JSON escapes, in strings of strings and in records that are cut off too", () => {
    const own = (value: unknown): string =>
      JSON.stringify(value).replace(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
    for (const [content, secret] of [
      ["密码: hunter2!x", /hunter2/],
      ["card 4111\u00a01111\u00a01111\u00a01111", /1111/],
      ['my password is "hunter2!x"', /hunter2/],
      ["the password: correcthorse", /correcthorse/],
    ] as const) {
      const once = own({ content, more: "words" });
      for (const text of [once, own({ Message: once }), own([own({ Message: once })]), once.slice(0, -5)]) {
        const shown = plainOf(contentOf(record(text), false));
        assert.doesNotMatch(shown, secret, text);
        assert.match(shown, /content/, "the rest stays");
      }
    }
    const text = '{"at":"jane\\u0040example.com","path":"C:\\\\new"}';
    assert.deepEqual(contentOf(record(text), false), {
      kind: "text",
      text: [{ text: '{"at":"' }, { masked: "email" }, { text: '","path":"C:\\\\new"}' }],
      isCut: false,
    });
  });

  it("masks a value that its cut goes through, at each place", () => {
    for (let place = 0; place <= CARD.length; place++) {
      const text = `${"a ".repeat(MAX_CHARACTERS).slice(0, MAX_CHARACTERS - place - 1)} ${CARD} and more`;
      const content = contentOf(record(text), false);
      assert.ok(content.kind === "text" && content.isCut);
      assert.doesNotMatch(plainOf(content), /\d/, String(place));
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
