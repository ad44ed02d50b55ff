import assert from "node:assert/strict";
import fc from "fast-check";
import { safeId, safeJson, safeText, shortened } from "../../../../src/cli/terminal/safe-text";

const SEED = 5;
const DANGEROUS =
  /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2028\u2029\ufeff\u{e0000}-\u{e0fff}]/u;

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

  it("shows two ids that differ as two", () => {
    const ids = [
      "alice",
      "alice\u200b",
      "al\u200dice",
      "ali\u00adce",
      "alice\ufeff",
      "\u202ealice",
      "alice\u{e0041}",
      "al\u00a0ice",
    ];
    assert.equal(new Set(ids.map(safeId)).size, ids.length);
    for (const id of ids) assert.match(safeId(id), /^[\x20-\x7e]+$/);
    assert.equal(safeId("alice\u200b"), "alice\\u{200b}");
    assert.equal(safeId("Ольга 王"), "Ольга 王");
    assert.deepEqual(JSON.parse(safeJson(ids, 2)), ids);
    assert.match(safeJson(ids, 2), /^[\x20-\x7e\n\u00a0]+$/);
  });

  it("is shortened between characters", () => {
    assert.equal(shortened("👩👩👩", 2), "👩…");
    assert.equal(shortened("ab", 2), "ab");
  });
});
