import assert from "node:assert/strict";
import fc from "fast-check";
import { FACETS_REQUEST, SEARCH_REQUEST } from "../../../src/page/contract";
import {
  type Exploration,
  explorationOf,
  FACETS,
  facetsQueryOf,
  isFiltered,
  searchOf,
  searchQueryOf,
  toggled,
  toggledAttribute,
  unfiltered,
} from "../../../src/page/client/explore-state";

const SEED = 11;

/** The query as the server reads it: lists where the schema has them. */
function given(query: string): object {
  const all = new URLSearchParams(query);
  const isList = (name: string): boolean => name === "attribute" || FACETS.some((facet) => facet === name);
  return Object.fromEntries([...all.keys()].map((name) => [name, isList(name) ? all.getAll(name) : all.get(name)]));
}

describe("what is explored", () => {
  it("is as it is without saying at the plain address", () => {
    assert.equal(searchOf(explorationOf("")), "");
    assert.equal(isFiltered(explorationOf("?q=x&mode=keyword&sort=oldest")), false);
  });

  it(`stands in the address whole, and in a form that the server takes (seed ${SEED})`, () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 });
    const some = fc.uniqueArray(text, { maxLength: 4 });
    const time = fc.option(
      fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }).map((date) => date.toISOString()),
      { nil: undefined },
    );
    const state: fc.Arbitrary<Exploration> = fc.record(
      {
        q: text,
        mode: fc.constantFrom("hybrid", "semantic", "keyword"),
        sort: fc.constantFrom("relevance", "newest", "oldest", "longest"),
        page: fc.integer({ min: 1, max: 10 }),
        user: fc.option(text, { nil: undefined }),
        from: time,
        to: time,
        chosen: fc.record(Object.fromEntries(FACETS.map((name) => [name, some])), { noNullPrototype: true }),
        attributes: some,
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(state, (wanted) => {
        assert.deepEqual(explorationOf(searchOf(wanted)), wanted);
        SEARCH_REQUEST.parse(given(searchQueryOf(wanted)));
        FACETS_REQUEST.parse(given(facetsQueryOf(wanted)));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("takes an address that nobody made for what can be read of it", () => {
    const state = explorationOf("?mode=x&sort=1&page=-3&from=yesterday&intent=a&intent=b&zzz=1");
    assert.deepEqual([state.mode, state.sort, state.page, state.from], ["hybrid", "relevance", 1, undefined]);
    assert.deepEqual(state.chosen.intent, ["a", "b"]);
  });

  it("goes back to the first page when a filter changes, and to the plain question without filters", () => {
    const state = explorationOf("?q=x&page=3&user=u");
    const refunds = toggled(state, "intent", "refund");
    assert.equal(searchOf(refunds), "?q=x&user=u&intent=refund");
    assert.equal(searchOf(toggled(refunds, "intent", "refund")), "?q=x&user=u");
    assert.equal(searchOf(toggledAttribute(state, "a=b")), "?q=x&user=u&attribute=a%3Db");
    assert.equal(searchOf(unfiltered(refunds)), "?q=x");
  });
});
