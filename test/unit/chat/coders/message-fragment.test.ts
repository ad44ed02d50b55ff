import assert from "node:assert/strict";
import fc from "fast-check";
import { Reader, Writer } from "protobufjs";
import { CoderContext } from "../../../../src/beam/sdk";
import { messageFragmentCoder } from "../../../../src/chat/coders/message-fragment";
import type { ChatMessage } from "../../../../src/chat/model";

const FIRST: ChatMessage = {
  userId: "u",
  content: "hello",
  messageId: "m",
  timestampMs: 1_700_000_000_000,
  arrivalMs: 1_700_000_000_250,
  position: { shardId: "s", sequenceNumber: "7", subSequenceNumber: 0 },
};
const SECOND: ChatMessage = {
  userId: "u",
  content: "é",
  timestampMs: 1_699_999_999_000,
  arrivalMs: 1_600_000_000_000,
  position: { shardId: "s", sequenceNumber: "8", subSequenceNumber: 300 },
};

function encode(messages: readonly ChatMessage[]): Uint8Array {
  const writer = new Writer();
  messageFragmentCoder.encode(messages, writer, CoderContext.needsDelimiters);
  return writer.finish();
}

function decode(bytes: Uint8Array): readonly ChatMessage[] {
  return messageFragmentCoder.decode(Reader.create(bytes), CoderContext.needsDelimiters);
}

describe("The coder of message fragments", () => {
  it("reads what versions 1 and 5 wrote, which differ in their number here", () => {
    const bytes =
      "02017500008056febc7842010568656c6c6f016d0000f403000173013700" +
      // The second message: no id, the same shard; a second earlier, and arrived years before it was sent.
      "0202c3a9cf0f00af90b787" +
      "015d0138ac02";
    for (const version of ["01", "05"]) {
      assert.deepEqual(decode(Buffer.from(`${version}${bytes}`, "hex")), [FIRST, SECOND]);
    }
  });

  it("writes the texts of all messages as one, before the messages", () => {
    const texts = "0a68656c6c6f6d37c3a938";
    const [first, second] = ["010501" + "0000f40300" + "0173" + "0100", "0201" + "cf0f00af90b787015d" + "01ac02"];
    const bytes = `06${texts}02017500008056febc7842${first}${second}`;
    assert.equal(Buffer.from(encode([FIRST, SECOND])).toString("hex"), bytes);
    assert.deepEqual(decode(Buffer.from(bytes, "hex")), [FIRST, SECOND]);
  });

  it("writes an empty fragment so that a program that has none reads it", () => {
    assert.equal(Buffer.from(encode([])).toString("hex"), "060000000000000000000000");
    assert.deepEqual(decode(encode([])), []);
  });

  it("gives back any messages, of several authors too", () => {
    const timeMs = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
    const text = fc.string({ unit: "grapheme" });
    const message = fc.record(
      {
        content: text,
        modelContent: text,
        redacted: fc.array(text, { maxLength: 3 }),
        messageId: text,
        hasUnusableId: fc.constant(true as const),
        sessionKey: fc.constantFrom("chat 1", "chat 2"),
        role: fc.constantFrom("agent", "bot"),
        attributes: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
        timestampMs: timeMs,
        arrivalMs: timeMs,
        position: fc.record(
          {
            shardId: fc.constantFrom("shardId-000000000000", "shardId-000000000001"),
            sequenceNumber: fc.bigInt({ min: 0n, max: 10n ** 56n }).map(String),
            subSequenceNumber: fc.nat(),
          },
          { noNullPrototype: true },
        ),
      },
      { requiredKeys: ["content", "timestampMs", "arrivalMs", "position"], noNullPrototype: true },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("u", "", "v"), message), { minLength: 1, maxLength: 40 }),
        (own) => {
          // Only conversations have several authors.
          const all = own.map(([author, each]): ChatMessage => {
            return { userId: each.sessionKey === undefined ? "one" : author, ...each };
          });
          assert.deepEqual(decode(encode(all)), all);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it("refuses a newer version by name", () => {
    assert.throws(() => decode(Buffer.from([7])), /message_fragment/);
  });
});
