import assert from "node:assert/strict";
import fc from "fast-check";
import { estimateTokens, MAX_TOKENS_PER_UNIT, truncateToTokens } from "../../../../../src/chat/steps/text/tokens";

const SEED = 20_240_501;
const anyText = fc.string({ unit: "binary", maxLength: 200 });

describe("estimateTokens", () => {
  it("is above the usual count of tokens in five scripts", () => {
    const usual: readonly (readonly [string, number])[] = [
      ["The quick brown fox jumps over the lazy dog.", 10],
      ["Съешь же ещё этих мягких французских булок, да выпей чаю.", 24],
      ["مرحبا، أريد أن أعرف متى يصل طلبي من فضلك", 20],
      ["मुझे अपने ऑर्डर के बारे में जानना है", 25],
      ["我想知道我的订单什么时候到", 15],
      ["🎉🎉🎉", 9],
    ];
    for (const [text, tokens] of usual) assert(estimateTokens(text) >= tokens, `${text}: ${estimateTokens(text)}`);
  });

  it("is not absurdly above it: English prose stays under one token per two characters", () => {
    const prose = "The quick brown fox jumps over the lazy dog. ".repeat(20);
    assert(estimateTokens(prose) < prose.length / 2);
  });

  it("is at most its bound for every UTF-16 unit", () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      assert(estimateTokens(String.fromCharCode(unit)) <= MAX_TOKENS_PER_UNIT, `U+${unit.toString(16)}`);
    }
  });

  it("of a concatenation lies between each part's and their sum", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const whole = estimateTokens(a + b);
        assert(whole <= estimateTokens(a) + estimateTokens(b));
        assert(whole >= Math.max(estimateTokens(a), estimateTokens(b)));
      }),
      { seed: SEED },
    );
  });
});

describe("truncateToTokens", () => {
  it("keeps both bounds, is a beginning, and is the longest", () => {
    fc.assert(
      fc.property(anyText, fc.nat(60), fc.nat(250), (text, maxTokens, maxLength) => {
        const cut = truncateToTokens(text, maxTokens, maxLength);
        assert(text.startsWith(cut));
        assert(cut.length <= maxLength && estimateTokens(cut) <= maxTokens);
        const next = text.slice(0, cut.length + String.fromCodePoint(text.codePointAt(cut.length) ?? 0).length);
        assert(cut === text || next.length > maxLength || estimateTokens(next) > maxTokens);
      }),
      { seed: SEED },
    );
  });

  it("never cuts a surrogate pair", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), fc.nat(60), fc.nat(80), (text, tokens, length) => {
        assert(truncateToTokens(text, tokens, length).isWellFormed());
      }),
      { seed: SEED },
    );
    assert.equal(truncateToTokens("a😀b", 100, 2), "a");
    assert.equal(truncateToTokens("a😀b", 100, 3), "a😀");
  });
});
