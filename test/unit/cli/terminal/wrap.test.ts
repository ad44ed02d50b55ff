import assert from "node:assert/strict";
import fc from "fast-check";
import { fitted, wrapped } from "../../../../src/cli/terminal/wrap";

describe("text on a narrow terminal", () => {
  it("is broken between words, and what goes on stands further in", () => {
    const line = "  Kinesis     http://127.0.0.1:4567  stream chat, new, with a sample chat of 420 messages";
    assert.equal(
      wrapped(`short\n${line}`, 50),
      "short\n  Kinesis     http://127.0.0.1:4567  stream chat,\n      new, with a sample chat of 420 messages",
    );
  });

  it("keeps words that are longer than a line, and lines that fit", () => {
    assert.equal(wrapped("https://a.very.long.address/of/something", 10), "https://a.very.long.address/of/something");
    assert.equal(wrapped("see https://a.very.long.address now", 10), "see\n    https://a.very.long.address\n    now");
    assert.equal(wrapped("        ", 4), "        ");
    assert.equal(wrapped("", 4), "");
  });

  it("is wrapped for terminals that know their width, and for nothing else", () => {
    const line = "one sentence that says what is wrong, and how to mend it";
    assert.equal(fitted(line, { isTTY: true, columns: 40 }), wrapped(line, 39));
    assert.notEqual(fitted(line, { isTTY: true, columns: 40 }), line);
    for (const output of [{}, { columns: 40 }, { isTTY: true }, { isTTY: true, columns: 0 }]) {
      assert.equal(fitted(line, output), line);
    }
  });

  it("loses no word, and is no longer than asked for when the words are short (seed 7)", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 40 });
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 6 }), fc.integer({ min: 20, max: 60 }), (own, indent, width) => {
        const text = " ".repeat(indent) + own.join(" ");
        const lines = wrapped(text, width).split("\n");
        assert.deepEqual(lines.join(" ").trim().split(/ +/), own.length === 0 ? [""] : own);
        for (const line of lines) assert(line.length <= width, line);
      }),
      { seed: 7 },
    );
  });
});
