import assert from "node:assert/strict";
import fc from "fast-check";
import { safeJson, safeText, shortened } from "../../../../src/cli/terminal/safe-text";

const SEED = 5;
const DANGEROUS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;

describe("stored text on a terminal", () => {
  it(`has no control characters left, and nothing else is lost (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.doesNotMatch(safeText(text), DANGEROUS);
        assert.doesNotMatch(safeJson({ text }), DANGEROUS);
        assert.deepEqual(JSON.parse(safeJson({ text })), { text });
      }),
      { seed: SEED },
    );
    assert.equal(safeText("नमस्ते 你好\n مرحبا 👩‍👧"), "नमस्ते 你好 مرحبا 👩‍👧");
    assert.equal(safeText("\u001b[31mred\u001b[0m"), "\ufffd[31mred\ufffd[0m");
  });

  it("is shortened between characters", () => {
    assert.equal(shortened("👩👩👩", 2), "👩…");
    assert.equal(shortened("ab", 2), "ab");
  });
});
