import assert from "node:assert/strict";
import { patternDetector } from "../../../../src/chat/detectors/patterns";

const RULE = { rule: "r", kind: "k", severity: "low" } as const;

describe("patterns", () => {
  it("find each place, without regard to case", () => {
    const found = patternDetector({ ...RULE, pattern: "kd-\\d{3}" })("KD-123 and kd-456");
    assert.deepEqual(found, [
      { ...RULE, start: 0, end: 6 },
      { ...RULE, start: 11, end: 17 },
    ]);
  });

  it("take time in proportion to the text where JavaScript's engine would never end", () => {
    const text = `${"a".repeat(20_000)}!`;
    assert.deepEqual(patternDetector({ ...RULE, pattern: "^(a+)+$" })(text), []);
  });

  it("are refused with look-around and back-references", () => {
    for (const pattern of ["(?=a)b", "(a)\\1", "("])
      assert.throws(() => patternDetector({ ...RULE, pattern }), pattern);
  });
});
