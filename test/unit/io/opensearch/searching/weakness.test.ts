import assert from "node:assert/strict";
import { isWeak, unusualNearness } from "../../../../../src/io/opensearch/searching/weakness";

describe("a weak match", () => {
  const even = Array.from({ length: 101 }, (_, number) => number / 100);

  it("is no nearer than documents that nobody has chosen, of which there must be some", () => {
    assert.equal(unusualNearness(even.slice(0, 9)), undefined);
    assert.ok(Math.abs(unusualNearness(even)! - 1.175) < 1e-9);
    // Some that have to do with the question change little.
    const related = [...even.map((each) => each / 10), ...Array<number>(20).fill(0.9)];
    assert.ok(unusualNearness(related)! < 0.25);
  });

  it("has less than half of the words, and no unusual nearness", () => {
    const vector = (nearness: number, unusual?: number) => ({ vector: { nearness, unusual } });
    const terms = (found: number) => ({ terms: { found, asked: 4 } });
    assert.equal(isWeak({ ...terms(1), ...vector(0.2, 0.3) }), true);
    assert.equal(isWeak({ ...terms(2), ...vector(0.2, 0.3) }), false);
    assert.equal(isWeak({ ...terms(1), ...vector(0.4, 0.3) }), false);
    // An unknown match is held for strong.
    assert.equal(isWeak({ ...terms(0), ...vector(0.2, undefined) }), false);
    assert.equal(isWeak(terms(1)), true);
    assert.equal(isWeak(terms(2)), false);
    assert.equal(isWeak(vector(0.2, 0.3)), true);
    assert.equal(isWeak({}), false);
  });
});
