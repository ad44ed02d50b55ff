import assert from "node:assert/strict";
import { fuse } from "../../../../../src/io/opensearch/searching/fuse";

describe("the fusion of rankings", () => {
  const order = (...rankings: readonly (readonly [weight: number, items: string])[]): string =>
    fuse(
      rankings.map(([weight, items]) => ({ weight, items: [...items] })),
      (item) => item,
    )
      .map(({ item }) => item)
      .join("");

  it("puts first what several know, then the first places of each", () => {
    assert.equal(order([1, "abc"], [1, "cde"]), "cabde");
    assert.equal(order([1, "ab"], [1, ""]), "ab");
    assert.equal(order([1, ""]), "");
  });

  it("counts places by the weight of their ranking, and ties by the earlier one", () => {
    assert.equal(order([0.3, "abc"], [1, "xyz"]), "xyzabc");
    assert.equal(order([1, "a"], [1, "x"]), "ax");
  });

  it("lifts what any words find above its neighbours, and not above what is nearer by far", () => {
    assert.equal(order([0.3, "d"], [1, "abcd"]), "dabc");
    assert.equal(order([0.3, "z"], [1, "abcdefgh"]), "abcdefghz");
  });
});
