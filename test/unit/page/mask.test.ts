import assert from "node:assert/strict";
import fc from "fast-check";
import { masked, maskedPieces, type MaskedPiece } from "../../../src/page/mask";

const SEED = 5;

/** The text with the kinds of what is masked between brackets. */
function shown(pieces: readonly MaskedPiece[]): string {
  return pieces.map((piece) => ("masked" in piece ? `[${piece.masked}]` : piece.text)).join("");
}

describe("sensitive values in texts", () => {
  const cases: readonly (readonly [text: string, shown: string])[] = [
    ["my password is hunter2, thanks", "my password is [secret] thanks"],
    ["PIN: 4711", "PIN: [secret]"],
    ["Mein Passwort ist geh€im_1", "Mein Passwort ist [secret]"],
    ["пароль: abc123", "пароль: [secret]"],
    ["it says my password is wrong!", "it says my password is wrong!"],
    ["write to bob.smith+x@mail.example.org.", "write to [email]."],
    ["card 4111 1111 1111 1111 or 4111111111111111", "card [number] or [number]"],
    ["call +1 (415) 555-2671 now", "call [number] now"],
    ["IBAN DE89 3704 0044 0532 0130 00", "IBAN [account]"],
    ["order 93099 of 2026-01-12 09:30:00", "order 93099 of 2026-01-12 09:30:00"],
    ["12.50 €, 3 of 4, 1,000,000 pieces", "12.50 €, 3 of 4, 1,000,000 pieces"],
    ["", ""],
  ];
  for (const [text, expected] of cases) {
    it(`are hidden in "${text}"`, () => assert.equal(shown(masked(text)), expected));
  }

  it("are hidden whole when words of them are marked", () => {
    const pieces = [{ text: "card 4111 " }, { text: "1111", match: true as const }, { text: " 1111 1111 ok" }];
    assert.equal(shown(maskedPieces(pieces)), "card [number] ok");
  });

  it(`leave everything else as it is, however a text is cut (seed ${SEED})`, () => {
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

  it("are sought in long hostile texts without delay", () => {
    for (const text of [
      "1 ".repeat(50_000),
      "a@".repeat(50_000),
      "password is ".repeat(9_000),
      "DE89 ".repeat(20_000),
    ]) {
      const start = performance.now();
      masked(text);
      assert.ok(performance.now() - start < 2_000, text.slice(0, 20));
    }
  });
});
