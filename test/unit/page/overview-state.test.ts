import assert from "node:assert/strict";
import { OVERVIEW_REQUEST } from "../../../src/page/overview/contract";
import {
  addressOf,
  changeOf,
  exploreValueOf,
  overviewStateOf,
  queryOf,
  spanned,
} from "../../../src/page/client/overview/overview-state";

describe("the overview's state", () => {
  it("is the filters of Explore, without its question", () => {
    const state = overviewStateOf("?q=x&mode=keyword&page=3&sort=oldest&intent=refund&user=u");
    assert.equal(addressOf(state), "/overview?user=u&intent=refund");
    assert.equal(exploreValueOf(state, { topic: ["a b"] }), "/?user=u&intent=refund&topic=a+b");
    assert.equal(exploreValueOf(state, { intent: ["other"] }), "/?user=u&intent=other");
  });

  it("is asked for in a form that the server takes", () => {
    const query = new URLSearchParams(queryOf(overviewStateOf("?intent=a&from=2026-01-01T00:00:00Z"), "Europe/Rome"));
    assert.deepEqual(OVERVIEW_REQUEST.parse({ ...Object.fromEntries(query), intent: query.getAll("intent") }), {
      intent: ["a"],
      from: "2026-01-01T00:00:00.000Z",
      zone: "Europe/Rome",
    });
    assert.throws(() => OVERVIEW_REQUEST.parse({ zone: "Nowhere/At all" }));
  });

  it("spans whole days, or all time", () => {
    const now = new Date(2026, 4, 20, 15, 30).getTime();
    const state = overviewStateOf("?to=2026-01-01T00:00:00Z");
    assert.equal(spanned(state, 7, now).from, new Date(2026, 4, 14).toISOString());
    assert.deepEqual([spanned(state, 7, now).to, spanned(state, undefined, now).to], [undefined, undefined]);
  });

  it("compares the last week with the one before", () => {
    assert.equal(changeOf([4, 2, 3]), 0.5);
    assert.equal(changeOf([2, 0]), -1);
    assert.deepEqual([changeOf([3]), changeOf([]), changeOf([0, 3])], [undefined, undefined, undefined]);
  });
});
