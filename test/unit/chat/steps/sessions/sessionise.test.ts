import assert from "node:assert/strict";
import fc from "fast-check";
import { documentId } from "../../../../../src/chat/steps/documents/document";
import { countRead, heldKeys } from "../../../../../src/chat/steps/sessions/edits";
import { messageKey } from "../../../../../src/chat/steps/ids/message-key";
import { sessionise } from "../../../../../src/chat/steps/sessions/sessionise";
import { compareMessages, heldPosition } from "../../../../../src/chat/steps/sessions/position";
import type { ChatMessage } from "../../../../../src/chat/model";
import type { SessionSettings } from "../../../../../src/chat/steps/records/settings";

const settings: SessionSettings = {
  gapMs: 300_000,
  maxOpenMs: 1,
  maxOpenMessages: 1,
  maxOpenBytes: 1,
  onEdit: "keep",
  maxPartMessages: 4,
  maxPartTokens: 1_000,
  maxPartBytes: 100,
};
const replacing: SessionSettings = { ...settings, onEdit: "replace" };
const SEED = 20_261_128;
const pane = { pane: 0, early: false };

function message(timestampMs: number, sequence: number, extra: Partial<ChatMessage> = {}): ChatMessage {
  const position = { shardId: "s", sequenceNumber: String(sequence), subSequenceNumber: 0 };
  return { userId: "u", content: "hello", timestampMs, arrivalMs: timestampMs, position, ...extra };
}

describe("sessionise", () => {
  it("orders by event time, then by the sequence number's value", () => {
    const chat = [message(2, 100, { content: "last" }), message(2, 99), message(1, 1_000)];
    const { parts } = sessionise("u", chat, pane, settings);
    const order = parts.flatMap((part) => part.messages.map((own) => own.position.sequenceNumber));
    assert.deepEqual(order, ["1000", "99", "100"]);
    assert.equal(parts[0]!.startMs, 1);
    assert.equal(parts[0]!.endMs, 2);
  });

  it("counts and drops duplicates, keeping the first", () => {
    const twice = message(1, 1, { messageId: "m" });
    const without = message(2, 2);
    const again = [message(3, 3, { messageId: "m" }), { ...without, position: message(2, 9).position }];
    const { parts, duplicates, edits } = sessionise("u", [...again, twice, twice, without], pane, settings);
    assert.deepEqual([duplicates, edits], [3, 0]);
    assert.deepEqual(parts[0]!.messages, [twice, without]);
  });

  it("takes texts of one time as messages of their own, and one id for another as little", () => {
    const chat = [message(1, 1), message(1, 2, { content: "other" }), message(1, 3, { messageId: "1" })];
    const { parts, duplicates, edits } = sessionise("u", chat, pane, settings);
    assert.deepEqual([duplicates, edits], [0, 0]);
    assert.deepEqual(parts[0]!.messages, chat);
  });

  describe("with another text under a known id", () => {
    const first = message(1, 1, { messageId: "m", content: "my card is 1111" });
    const between = message(2, 2);
    const later = message(3, 3, { messageId: "m", content: "please cancel" });
    const last = message(4, 4, { messageId: "m", content: "never mind" });

    it("keeps both, and marks the later one as an edit", () => {
      const { parts, duplicates, edits } = sessionise("u", [later, between, first], pane, settings);
      assert.deepEqual([duplicates, edits], [0, 1]);
      assert.deepEqual(parts[0]!.messages, [first, between, { ...later, isEdit: true }]);
    });

    it("puts the later text in the place of the former when told so, and keeps the former's key", () => {
      const { parts, duplicates, edits } = sessionise("u", [first, between, later, last, later], pane, replacing);
      assert.deepEqual([duplicates, edits], [1, 2]);
      const replaces = { keys: [messageKey(first), messageKey(later)], writtenMs: 4 };
      assert.deepEqual(parts[0]!.messages, [{ ...first, content: "never mind", isEdit: true, replaces }, between]);
      assert.deepEqual([parts[0]!.startMs, parts[0]!.endMs, countRead(parts[0]!.messages)], [1, 4, 4]);
    });

    it("keeps the text that was written last, whichever came last, and counts no edit twice", () => {
      const [held] = sessionise("u", [first, last], pane, replacing).parts[0]!.messages;
      const read = { ...held!, position: heldPosition(0) };
      const { parts, edits } = sessionise("u", [read, later], pane, replacing);
      assert.equal(edits, 1);
      assert.equal(parts[0]!.messages[0]!.content, "never mind");
      assert.deepEqual(parts[0]!.messages.flatMap(heldKeys), [last, first, later].map(messageKey));
      const kept = sessionise("u", [first, last], pane, settings).parts[0]!.messages;
      assert.equal(sessionise("u", [...kept, later], pane, settings).edits, 1);
    });

    it("puts a text back that was there before, and counts it as the message that it was", () => {
      const back = message(5, 5, { messageId: "m", content: first.content });
      const { parts, duplicates, edits } = sessionise("u", [first, later, back], pane, replacing);
      const replaces = { keys: [messageKey(first), messageKey(later)], writtenMs: 5 };
      assert.deepEqual(parts[0]!.messages, [{ ...first, isEdit: true, replaces }]);
      assert.deepEqual([duplicates, edits, countRead(parts[0]!.messages)], [1, 1, 2]);
      assert.deepEqual(parts[0]!.messages.flatMap(heldKeys), [first, later].map(messageKey));
      const kept = sessionise("u", [first, later, back], pane, settings);
      assert.deepEqual([kept.parts[0]!.messages, kept.duplicates], [[first, { ...later, isEdit: true }], 1]);
    });

    it("keeps the same text whichever of three came first, when it is back", () => {
      const back = message(5, 5, { messageId: "m", content: first.content });
      for (const [one, two] of [
        [[first], [later, back]],
        [[later, back], [first]],
        [[back], [first, later]],
        [[first, later], [back]],
      ]) {
        const before = sessionise("u", one!, pane, replacing).parts[0]!.messages;
        const held = before.map((each, index) => ({ ...each, position: heldPosition(index) }));
        const news = sessionise("u", two!, pane, replacing).parts[0]!.messages;
        const [joined, ...others] = sessionise("u", [...held, ...news], pane, replacing).parts[0]!.messages;
        assert.equal(others.length, 0);
        assert.deepEqual([joined!.content, joined!.timestampMs], [first.content, first.timestampMs]);
        assert.deepEqual(heldKeys(joined!).toSorted(), [first, later].map(messageKey).toSorted());
      }
    });

    it("has the same document id before the edit and after it", () => {
      const back = message(5, 5, { messageId: "m", content: first.content });
      const ids = [[first], [first, last], [first, later, last], [first, later, back]].map((chat) =>
        documentId(sessionise("u", chat, pane, replacing).parts[0]!),
      );
      assert.equal(new Set(ids).size, 1);
    });
  });

  it(`holds each text once, whatever comes in pieces and in whatever order (seed ${SEED})`, () => {
    const text = fc.record({
      time: fc.nat(6),
      id: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
      content: fc.constantFrom("x", "y", "z"),
    });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), fc.nat(12), fc.boolean(), (texts, cut, keeps) => {
        const onEdit = keeps ? settings : replacing;
        const own = { ...onEdit, maxPartMessages: 100, maxPartBytes: 10_000 };
        const chat = texts.map(({ time, id, content }, index) => {
          return message(time, index, { content, ...(id === undefined ? {} : { messageId: id }) });
        });
        const whole = sessionise("u", chat, pane, own);
        const held = whole.parts.flatMap((part) => part.messages.flatMap(heldKeys));
        assert.deepEqual(held.toSorted(), [...new Set(chat.map(messageKey))].toSorted());
        assert.equal(held.length + whole.duplicates, chat.length);
        // The second piece joins the first one, as the index gives it back, less what is held there.
        const before = sessionise("u", chat.slice(0, cut), pane, own).parts.flatMap((part) => part.messages);
        const known = new Set(before.flatMap(heldKeys));
        const read = before.map((each, index) => ({ ...each, position: heldPosition(index) }));
        const later = sessionise("u", chat.slice(cut), pane, own).parts.flatMap((part) => part.messages);
        const news = later.filter((each) => heldKeys(each).some((key) => !known.has(key)));
        const joined = sessionise("u", [...news, ...read], pane, own);
        const again = joined.parts.flatMap((part) => part.messages.flatMap(heldKeys));
        assert.deepEqual(again.toSorted(), held.toSorted());
        if (before.length > 0 || news.length > 0) assert.equal(joined.parts.length, 1);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it("cuts by count and by bytes, and gives a message above a bound a part of its own", () => {
    const six = Array.from({ length: 6 }, (_, index) => message(index, index));
    assert.deepEqual(sizes(six), [4, 2]);
    const long = message(2, 2, { content: "x".repeat(200) });
    assert.deepEqual(sizes([message(1, 1), long, message(3, 3)]), [1, 1, 1]);
  });

  it("keeps messages of one time in one part as long as one can hold them, so positions decide no part's id", () => {
    const texts = ["a", "b", "c", "d", "e", "f"];
    const at = (times: readonly number[], isReversed: boolean) =>
      times.map((time, index) => message(time, isReversed ? 9 - index : index, { content: texts[index]! }));
    const times = [1, 2, 3, 3, 3, 4];
    assert.deepEqual(sizes(at(times, false)), [2, 4]);
    const idsOf = (isReversed: boolean) =>
      sessionise("u", at(times, isReversed), pane, settings).parts.map((part) => documentId(part));
    assert.deepEqual(idsOf(true), idsOf(false));
    assert.deepEqual(sizes(at([1, 2, 2, 2, 2, 2], false)), [4, 2]);
  });

  it("does not depend on the order of arrival, and loses nothing", () => {
    const chat = fc.uniqueArray(fc.record({ time: fc.nat(50), sequence: fc.nat(10_000) }), {
      selector: (own) => own.sequence,
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(chat, fc.func(fc.nat()), (own, shuffleKey) => {
        const messages = own.map(({ time, sequence }) => message(time, sequence, { content: `text ${sequence}` }));
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
