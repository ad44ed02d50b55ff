import assert from "node:assert/strict";
import fc from "fast-check";
import { masked, maskedExcerpt, maskedPieces, type MaskedPiece } from "../../../src/page/mask";

const SEED = 5;

/** The text with the kinds of what is masked between brackets. */
function shown(pieces: readonly MaskedPiece[]): string {
  return pieces.map((piece) => ("masked" in piece ? `[${piece.masked}]` : piece.text)).join("");
}

describe("sensitive values on the page", () => {
  const cases: readonly (readonly [text: string, shown: string])[] = [
    ["write to bob.smith+x@mail.example.org.", "write to [email]."],
    ["card 4111 1111 1111 1111 or 4111111111111111", "card [card] or [card]"],
    ["call +1 (415) 555-2671 now", "call [phone] now"],
    ["IBAN DE89 3704 0044 0532 0130 00", "IBAN [iban]"],
    ["my password: hunter2, a@b.de", "my password: [credential], [email]"],
    ["order 93099 of 2026-01-12 09:30:00", "order 93099 of 2026-01-12 09:30:00"],
    ["", ""],
  ];
  for (const [text, expected] of cases) {
    it(`are hidden in "${text}"`, () => assert.equal(shown(masked(text)), expected));
  }

  it("are hidden whole when words of them are marked", () => {
    const pieces = [{ text: "card 4111 " }, { text: "1111", match: true as const }, { text: " 1111 1111 ok" }];
    assert.equal(shown(maskedPieces(pieces)), "card [card] ok");
    const halves = [{ text: "at a@" }, { text: "b.de", match: true as const }, { text: "!" }];
    assert.equal(shown(maskedPieces(halves)), "at [email]!");
  });

  it(`are the same however a text is cut, and all else stays (seed ${SEED})`, () => {
    const texts = fc.array(
      fc.oneof(fc.string(), fc.constantFrom("a@b.cd", "4111 1111 1111 1111", "x", " ", "DE89370400440532013000")),
    );
    fc.assert(
      fc.property(texts, (parts) => {
        const whole = shown(masked(parts.join("")));
        assert.equal(shown(maskedPieces(parts.map((text) => ({ text })))), whole);
      }),
      { seed: SEED },
    );
  });

  /** Texts, and the characters that only their values have. */
  const cuttable: readonly (readonly [text: string, ofValue: RegExp])[] = [
    ["my card is 4111 1111 1111 1111, thank you", /\d/],
    ["you reach me at qxqx@zz.qx and nowhere else", /[qxz@]/],
    ["its IBAN is DE89 3704 0044 0532 0130 00, bye", /\d/],
    ["the password: 7531-9246 opens it", /\d/],
  ];
  for (const [text, ofValue] of cuttable) {
    it(`are hidden in each excerpt of "${text}"`, () => {
      for (let start = 0; start < text.length; start++) {
        for (let end = start + 1; end <= text.length; end++) {
          const middle = Math.floor((start + end) / 2);
          const pieces = [{ text: text.slice(start, middle) }, { text: text.slice(middle, end), match: true as const }];
          const plain = maskedExcerpt(pieces, text).map((piece) => ("masked" in piece ? "" : piece.text));
          assert.doesNotMatch(plain.join(""), ofValue, `${start} to ${end}`);
        }
      }
    });
  }

  it("are hidden in an excerpt that stands in their text twice, and all is hidden that does not stand there", () => {
    const text = "code 1111 or 4111 1111 1111 1111";
    assert.equal(shown(maskedExcerpt([{ text: "1111" }], text)), "[card]");
    assert.equal(shown(maskedExcerpt([{ text: "code 1111 or" }], text)), "code 1111 or");
    assert.equal(shown(maskedExcerpt([{ text: "another text" }], text)), "");
    assert.equal(shown(maskedExcerpt([], text)), "");
  });

  it("are looked for around an excerpt alone, and at so many places that nothing is shown beyond", () => {
    const far = "ab ".repeat(80_000);
    const text = `${far}code 1111 1111 or${far}4111 1111 1111 1111 ok${far}`;
    assert.equal(shown(maskedExcerpt([{ text: "11 ok" }], text)), "[card] ok");
    assert.equal(shown(maskedExcerpt([{ text: "code 1111 1111" }], text)), "code 1111 1111");
    const places = (count: number): string => `4111 1111 1111 1111 ok ${"ab ".repeat(5_000)}`.repeat(count);
    assert.equal(shown(maskedExcerpt([{ text: "1111 ok" }], places(4))), "[card] ok");
    assert.equal(shown(maskedExcerpt([{ text: "1111 ok" }], places(5))), "");
  });
});
