import assert from "node:assert/strict";
import type { OpenSearchClient } from "../../../../../src/io/opensearch/requests/client";
import { overviewOf } from "../../../../../src/io/opensearch/searching/overview";

const START_MS = Date.parse("2026-03-02T10:00:00Z");

interface Search {
  readonly track_total_hits: boolean;
  readonly aggs: object;
}

/** An index that gets one more session after each search, and answers with what it then has. */
class GrowingIndex implements OpenSearchClient {
  constructor(private count: number) {}

  async request({ lines }: Parameters<OpenSearchClient["request"]>[0]) {
    const [, text = ""] = (lines ?? Buffer.alloc(0)).toString().split("\n");
    const { track_total_hits: counts, aggs } = JSON.parse(text) as Search;
    const count = this.count++;
    const total = counts ? { total: { value: count, relation: "eq" } } : {};
    const edge = { value: count === 0 ? null : START_MS };
    const bars = { buckets: count === 0 ? [] : [{ key: START_MS, doc_count: count }] };
    const all: Readonly<Record<string, object>> = { first: edge, last: edge, users: { value: count }, periods: bars };
    const aggregations = Object.fromEntries(Object.keys(aggs).map((name) => [name, all[name] ?? { buckets: [] }]));
    return { status: 200, body: { responses: [{ status: 200, hits: { hits: [], ...total }, aggregations }] } };
  }

  async close(): Promise<void> {
    return undefined;
  }
}

describe("the overview", () => {
  it("counts the same sessions everywhere, while others come", async () => {
    for (const before of [0, 7]) {
      const { total, users, periods } = await overviewOf(new GrowingIndex(before), "sessions", {}, "UTC");
      const inBars = periods.reduce((sum, { count }) => sum + count, 0);
      assert.deepEqual([total, users, inBars], [before + 1, before + 1, before + 1]);
    }
  });
});
