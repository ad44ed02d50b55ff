import assert from "node:assert/strict";
import { lowered, raised, waitText } from "../../../src/page/client/format";

describe("values as the page writes them", () => {
  it("have seconds in waits up to ten minutes, and none beyond", () => {
    const waits: readonly (readonly [ms: number, text: string])[] = [
      [0, "under a second"],
      [7_400, "7 s"],
      [59_499, "59 s"],
      [59_600, "1 min"],
      [60_000, "1 min"],
      [72_000, "1 min 12 s"],
      [599_000, "9 min 59 s"],
      [630_000, "11 min"],
      [7_260_000, "2 h 1 min"],
    ];
    for (const [ms, text] of waits) assert.equal(waitText(ms), text, String(ms));
  });

  it("begin sentences with a capital letter, and stand within them without, but for abbreviations", () => {
    assert.equal(raised("not UTF-8 JSON"), "Not UTF-8 JSON");
    assert.equal(raised(""), "");
    assert.equal(lowered("Card number"), "card number");
    assert.equal(lowered("IBAN"), "IBAN");
    assert.equal(lowered("E-mail address"), "e-mail address");
    assert.equal(lowered("Übergabe"), "übergabe");
  });
});
