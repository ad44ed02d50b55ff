import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatMessage } from "../../../../../src/chat/model";
import { messageKey } from "../../../../../src/chat/steps/ids/message-key";
import { chatMessage } from "../../../../support/opensearch/embedded-parts";

const SEED = 20_261_128;
const text = fc.string({ unit: "binary", minLength: 1, maxLength: 6 });
/** Few values, so that fields meet across messages. */
const field = fc.oneof(fc.constantFrom("1", "2", "1:2", "4:time", "\u0000"), text);
const identified = fc.record({ messageId: field, content: field, timestampMs: fc.nat(3) });
const unidentified = fc.record({ content: field, timestampMs: fc.nat(3) });

function message(fields: { messageId?: string; content: string; timestampMs: number }): ChatMessage {
  const { userId, arrivalMs, position } = chatMessage(1);
  return { userId, arrivalMs, position, ...fields };
}

describe("a message's key", () => {
  it(`is its id and content, or without an id its event time and content (seed ${SEED})`, () => {
    const any = fc.oneof(identified, unidentified);
    const identity = (own: { messageId?: string; content: string; timestampMs: number }): string =>
      JSON.stringify([own.messageId?.toWellFormed() ?? own.timestampMs, own.content.toWellFormed()]);
    fc.assert(
      fc.property(any, any, (one, other) => {
        const areEqual = messageKey(message(one)) === messageKey(message(other));
        assert.equal(areEqual, identity(one) === identity(other));
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it("does not know positions, arrivals and users", () => {
    const own = chatMessage(1);
    const elsewhere = { shardId: "other", sequenceNumber: "1", subSequenceNumber: 3 };
    assert.equal(messageKey({ ...own, userId: "bob", arrivalMs: 1, position: elsewhere }), messageKey(own));
  });

  it("reads lone surrogates as parsing does", () => {
    const lone = chatMessage(1, { content: "a\ud800b" });
    assert.equal(messageKey(lone), messageKey({ ...lone, content: lone.content.toWellFormed() }));
  });

  it("stays as it is: an index holds the keys of older versions", () => {
    assert.equal(messageKey(chatMessage(1)), "RER3mrxtHXlCWEQQbo5KpA");
    assert.equal(messageKey(message({ content: "message 1", timestampMs: 1 })), "RsVDNjHJ7x89ssBM-7RWpm");
  });
});
