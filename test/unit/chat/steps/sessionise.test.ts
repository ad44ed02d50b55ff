import assert from "node:assert/strict";
import fc from "fast-check";
import { sessionise } from "../../../../src/chat/steps/sessionise";
import { compareMessages } from "../../../../src/chat/steps/position";
import type { ChatMessage } from "../../../../src/chat/model";
import type { SessionSettings } from "../../../../src/chat/steps/settings";

const settings: SessionSettings = {
  gapMs: 300_000,
  maxOpenMs: 1,
  maxOpenMessages: 1,
  maxOpenBytes: 1,
  maxPartMessages: 4,
  maxPartTokens: 1_000,
  maxPartBytes: 100,
};
const pane = { pane: 0, early: false };

function message(timestampMs: number, sequence: number, extra: Partial<ChatMessage> = {}): ChatMessage {
  const position = { shardId: "s", sequenceNumber: String(sequence), subSequenceNumber: 0 };
  return { userId: "u", content: "hello", timestampMs, arrivalMs: timestampMs, position, ...extra };
}

describe("sessionise", () => {
  it("orders by event time, then by the sequence number's value", () => {
    const { parts } = sessionise("u", [message(2, 100), message(2, 99), message(1, 1_000)], pane, settings);
    const order = parts.flatMap((part) => part.messages.map((own) => own.position.sequenceNumber));
    assert.deepEqual(order, ["1000", "99", "100"]);
    assert.equal(parts[0]!.startMs, 1);
    assert.equal(parts[0]!.endMs, 2);
  });

  it("counts and drops duplicates of an id and of a position, keeping the first", () => {
    const twice = message(1, 1, { messageId: "m" });
    const { parts, duplicates } = sessionise("u", [message(3, 3, { messageId: "m" }), twice, twice], pane, settings);
    assert.equal(duplicates, 2);
    assert.deepEqual(parts[0]!.messages, [twice]);
  });

  it("cuts by count and by bytes, and gives a message above a bound a part of its own", () => {
    const six = Array.from({ length: 6 }, (_, index) => message(index, index));
    assert.deepEqual(sizes(six), [4, 2]);
    const long = message(2, 2, { content: "x".repeat(200) });
    assert.deepEqual(sizes([message(1, 1), long, message(3, 3)]), [1, 1, 1]);
  });

  it("does not depend on the order of arrival, and loses nothing", () => {
    const chat = fc.uniqueArray(fc.record({ time: fc.nat(50), sequence: fc.nat(10_000) }), {
      selector: (own) => own.sequence,
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(chat, fc.func(fc.nat()), (own, shuffleKey) => {
        const messages = own.map(({ time, sequence }) => message(time, sequence));
        const shuffled = [...messages].sort((a, b) => shuffleKey(a) - shuffleKey(b));
        const straight = sessionise("u", messages, pane, settings);
        assert.deepEqual(sessionise("u", shuffled, pane, settings), straight);
        const all = straight.parts.flatMap((part) => part.messages);
        assert.deepEqual(all, [...messages].sort(compareMessages));
        assert(
          straight.parts.every((part, index) => part.part === index + 1 && part.partCount === straight.parts.length),
        );
      }),
      { seed: 11 },
    );
  });
});

function sizes(messages: ChatMessage[]): number[] {
  return sessionise("u", messages, pane, settings).parts.map((part) => part.messages.length);
}
