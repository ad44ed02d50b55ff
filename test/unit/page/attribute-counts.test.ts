import assert from "node:assert/strict";
import { NoAnswer, type OpenSearchAnswer, type OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { Backend } from "../../../src/page/backend";

const MINUTE_MS = 60_000;

function told(...names: readonly string[]): OpenSearchAnswer {
  const properties = { attributes: { properties: Object.fromEntries(names.map((name) => [name, {}])) } };
  return { status: 200, body: { sessions: { mappings: { properties } } } };
}

describe("the page's counts by attribute", () => {
  let nowMs = 0;
  let asked = 0;

  /** Asks for counts of an index whose mapping is answered so, in turns; tells the attributes that are counted. */
  function names(...answers: readonly (OpenSearchAnswer | Error)[]): () => Promise<readonly string[]> {
    asked = 0;
    const openSearch: OpenSearchClient = {
      async request({ path }) {
        const counts = { status: 200, hits: { hits: [] }, aggregations: { all: { doc_count: 0 } } };
        if (!path.endsWith("/_mapping")) return { status: 200, body: { responses: [counts] } };
        const answer = answers[Math.min(asked++, answers.length - 1)]!;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      close: async () => undefined,
    };
    const sources = { openSearch, index: "sessions", embed: async () => [] };
    const backend = new Backend(sources, () => nowMs);
    return async () => Object.keys((await backend.facets({ q: "", mode: "keyword" })).attributes);
  }

  it("are there at the next question after OpenSearch could not tell them", async () => {
    for (const trouble of [new NoAnswer(new Error("reset")), { status: 503, body: {} }, { status: 429, body: {} }]) {
      const ask = names(trouble, told("channel"));
      assert.deepEqual([await ask(), await ask()], [[], ["channel"]]);
    }
  });

  it("are those that the index has had for up to a minute, and the former ones in trouble", async () => {
    const ask = names(told("channel"), told("channel", "tenant"), { status: 503, body: {} });
    assert.deepEqual([await ask(), await ask(), asked], [["channel"], ["channel"], 1]);
    nowMs += MINUTE_MS;
    assert.deepEqual([await ask(), asked], [["channel", "tenant"], 2]);
    nowMs += MINUTE_MS;
    assert.deepEqual([await ask(), asked], [["channel", "tenant"], 3]);
  });

  it("are none where the credentials may only search, which is kept too", async () => {
    const ask = names({ status: 403, body: {} });
    assert.deepEqual([await ask(), await ask(), asked], [[], [], 1]);
  });
});
