import assert from "node:assert/strict";
import { apart } from "../../../src/page/alike";

const said = (summary: string): { readonly document: { readonly summary: string } } => ({ document: { summary } });

describe("sessions that say the same", () => {
  it("are one, by the nearest of them, whatever numbers they have; others keep their order", () => {
    const near = ["Charged twice for order 17.", "A crack in order 4.", "charged twice for order 290.", "Lost parcel."];
    const found = apart(near.map(said), 6).map(({ session, alike }) => [session.document.summary, alike]);
    assert.deepEqual(found, [
      ["Charged twice for order 17.", 1],
      ["A crack in order 4.", 0],
      ["Lost parcel.", 0],
    ]);
  });

  it("count all that are like one, and are no more than are wanted", () => {
    const near = [said("a"), said("b"), said("c"), said("a"), said("a")];
    assert.deepEqual(
      apart(near, 2).map(({ alike }) => alike),
      [2, 0],
    );
    assert.deepEqual(apart([], 2), []);
  });
});
