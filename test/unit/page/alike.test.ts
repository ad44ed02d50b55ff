import assert from "node:assert/strict";
import { apart } from "../../../src/page/alike";

const said = (summary: string): { readonly document: { readonly summary: string } } => ({ document: { summary } });

describe("sessions that say nearly the same", () => {
  it("are one, by the nearest of them, whatever number or place they name; others keep their order", () => {
    const moved = (city: string): string =>
      `How do I cancel my subscription? I moved to ${city} and do not need it more.`;
    const near = ["Charged twice for order 17.", "A crack in order 4.", moved("Lyon"), "charged twice for order 290."];
    const found = apart([...near, moved("Athens")].map(said), 6).map(({ session, alike }) => [
      session.document.summary,
      alike,
    ]);
    assert.deepEqual(found, [
      ["Charged twice for order 17.", 1],
      ["A crack in order 4.", 0],
      [moved("Lyon"), 1],
    ]);
  });

  it("count all that are like one, and are no more than are wanted", () => {
    const near = [said("a"), said("b"), said("c"), said("a"), said("a")];
    assert.deepEqual(
      apart(near, 2).map(({ alike }) => alike),
      [2, 0],
    );
    assert.deepEqual(apart([], 2), []);
    assert.equal(apart([said("12"), said("")], 2)[0]?.alike, 1);
  });
});
