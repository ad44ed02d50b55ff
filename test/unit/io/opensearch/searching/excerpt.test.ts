import assert from "node:assert/strict";
import { matchedMessages, piecesOf, type RawMessage } from "../../../../../src/io/opensearch/searching/excerpt";
import { MARK } from "../../../../../src/io/opensearch/queries/query";

const marked = (text: string): string => text.replaceAll("[", MARK.start).replaceAll("]", MARK.end);

describe("the excerpt of a message", () => {
  it("is cut at its marks, and marks that follow one another are one", () => {
    assert.deepEqual(piecesOf(marked("I was [charged] [twice].")), [
      { text: "I was " },
      { text: "charged twice", match: true },
      { text: "." },
    ]);
    assert.deepEqual(piecesOf("plain"), [{ text: "plain" }]);
    assert.deepEqual(piecesOf(marked("[a]-[b]")), [
      { text: "a", match: true },
      { text: "-" },
      { text: "b", match: true },
    ]);
    assert.deepEqual(piecesOf(""), []);
    // Marks that a stranger wrote change no text.
    const text = piecesOf(marked("]x[y[z]w]")).map((piece) => piece.text);
    assert.deepEqual(text.join("").replaceAll(MARK.end, ""), "xyzw");
  });

  it("is shown of the messages that fit about as well as the best, in order of the chat", () => {
    const raw = (offset: number, _score: number): RawMessage => ({
      _score,
      _nested: { offset },
      _source: { timestamp: `t${offset}`, ...(offset === 3 ? { id: "i", role: "agent" } : {}) },
      highlight: { "messages.content": ["x"] },
    });
    assert.deepEqual(matchedMessages([raw(3, 8), raw(1, 4), raw(2, 3.9)]), [
      { index: 1, timestamp: "t1", excerpt: [{ text: "x" }] },
      { index: 3, timestamp: "t3", id: "i", role: "agent", excerpt: [{ text: "x" }] },
    ]);
    assert.deepEqual(matchedMessages([]), []);
  });
});
