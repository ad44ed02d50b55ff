import assert from "node:assert/strict";
import { chatMessage, embeddedPart, sessionPart, START_MS, unitVector } from "../../support/opensearch/embedded-parts";
import { isFatal } from "../../support/chat/fatal";
import { withOpenSearch } from "../../support/opensearch/server";
import { documentsHarness } from "../../support/opensearch/write-elements";
import type { OpenSearchClient } from "../../../src/io/opensearch/client";
import { indexEmbedding } from "../../../src/io/opensearch/index-embedding";
import { prepareOpenSearch } from "../../../src/io/opensearch/prepare";
import { searchSessions, type SearchQuestion } from "../../../src/io/opensearch/search";
import { openSearchSettings, type OpenSearchSettings } from "../../../src/io/opensearch/settings";
import type { EmbeddedPart } from "../../../src/chat/model";

const DIMENSION = 64;
const SESSIONS = [
  {
    userId: "alice",
    summary: "Alice asks for a refund of a broken kettle.",
    intent: "refund_request",
    topics: ["kettle"],
  },
  {
    userId: "bob",
    summary: "Bob wants to change his delivery address.",
    intent: "change_address",
    topics: ["delivery"],
  },
  { userId: "carol", summary: "Carol pregunta por el café y la devolución.", intent: "question", topics: ["café"] },
  { userId: "dan", summary: "田中さんは東京への配送について質問しました。", intent: "question", topics: ["配送"] },
  { userId: "eve\u202e*", summary: "Eve complains about a late delivery.", intent: "complaint", topics: ["delivery"] },
] as const;

/** Forty more sessions that no word finds. */
const FILLERS = 40;

function parts(): EmbeddedPart[] {
  const known = SESSIONS.map(({ userId, ...summary }, index) => {
    const part = embeddedPart(index, DIMENSION, summary);
    return { ...part, part: sessionPart(userId, [chatMessage(index * 100), chatMessage(index * 100 + 10)]) };
  });
  const fillers = Array.from({ length: FILLERS }, (_, index) => {
    const filler = { summary: "Nothing.", intent: "none", topics: [] };
    const part = embeddedPart(1_000 + index, DIMENSION, filler);
    return { ...part, embedding: unitVector(DIMENSION, 50 + index) };
  });
  return [...known, ...fillers];
}

describe("searching a real OpenSearch", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;
  let settings: OpenSearchSettings;

  withOpenSearch((server) => ({ url, client } = server));
  before(async () => {
    settings = openSearchSettings({
      connection: { endpoint: url },
      index: "sessions",
      dimension: DIMENSION,
      stream: "chat",
    });
    await prepareOpenSearch(settings);
    const write = await documentsHarness(settings);
    const { written } = await write.call(parts());
    assert.equal(written.length, SESSIONS.length + FILLERS);
    await write.close();
    await client.request({ method: "POST", path: "/sessions/_refresh" });
  });

  /** Users found, best first. The question's vector is that of session `near`. */
  async function search(text: string, change: Partial<SearchQuestion> = {}, near = 0): Promise<string[]> {
    const question = { text, mode: "hybrid", limit: 10, ...change } as const;
    const hits = await searchSessions(client, "sessions", question, async () => unitVector(DIMENSION, near));
    return hits.map(({ document }) => document.userId);
  }

  it("finds words in summary, topics and intent, in any script", async () => {
    const keyword = { mode: "keyword" } as const;
    assert.deepEqual(await search("KETTLE", keyword), ["alice"]);
    assert.deepEqual(await search("refund", keyword), ["alice"]);
    assert.deepEqual(await search("cafe", keyword), ["carol"]);
    assert.deepEqual(await search("東京", keyword), ["dan"]);
    assert.deepEqual((await search("delivery", keyword)).sort(), ["bob", "eve\u202e*"]);
    assert.deepEqual(await search("zebra", keyword), []);
  });

  it("finds the nearest vectors", async () => {
    const found = await search("anything", { mode: "semantic", limit: 5 }, 3);
    assert.equal(found.length, 5);
    assert.equal(found[0], "dan");
  });

  it("fuses both: what both know comes first, then what one knows", async () => {
    const found = await search("delivery", {}, 1);
    assert.equal(found[0], "bob");
    assert.ok(found.includes("eve\u202e*"));
    assert.equal(found.length, 10);
  });

  it("filters inside the vector search, so that a narrow filter still finds", async () => {
    for (const mode of ["hybrid", "semantic"] as const) {
      assert.deepEqual(await search("delivery", { mode, userId: "eve\u202e*" }, 60), ["eve\u202e*"], mode);
      assert.deepEqual(await search("delivery", { mode, intent: "Refund_Request" }, 60), ["alice"], mode);
      const range = { fromMs: START_MS + 100_000, toMs: START_MS + 300_000 };
      assert.deepEqual((await search("x", { mode, ...range }, 60)).sort(), ["bob", "carol"], mode);
    }
  });

  it("takes a session that began before the time but ended after it", async () => {
    assert.deepEqual(await search("kettle", { mode: "keyword", fromMs: START_MS + 5_000 }), ["alice"]);
    assert.deepEqual(await search("kettle", { mode: "keyword", fromMs: START_MS + 10_001 }), []);
    assert.deepEqual(await search("kettle", { mode: "keyword", toMs: START_MS }), []);
  });

  it("gives pages that fit together", async () => {
    for (const mode of ["hybrid", "semantic"] as const) {
      const pages: string[] = [];
      for (let offset = 0; offset < 45; offset += 7)
        pages.push(...(await search("delivery", { mode, limit: 7, offset })));
      assert.equal(new Set(pages).size, SESSIONS.length + FILLERS, mode);
      assert.deepEqual(pages, await search("delivery", { mode, limit: 50 }), mode);
    }
  });

  it("takes a hostile question for what it says", async () => {
    const hostile = [
      "*",
      "userId:alice OR _exists_:summary",
      '"}},{"match_all":{}}]}\n{"index":"sessions"}\n{"query":{"match_all":{}}}',
      "{{ctx}} <script> ' OR 1=1 --",
      "\u0000\ud800\u202e",
      "((((((((((",
      "漢".repeat(5_000),
      Array.from({ length: 5_000 }, (_, number) => `w${number}`).join(" "),
    ];
    for (const text of hostile) {
      const found = await search(text, { mode: "keyword" });
      assert.ok(found.length <= 1, `${found.length} sessions for ${JSON.stringify(text.slice(0, 40))}`);
      assert.deepEqual(await search("delivery", { mode: "keyword", userId: text }), []);
      assert.deepEqual(await search("delivery", { mode: "keyword", intent: text }), []);
    }
  });

  it("says what is wrong", async () => {
    const question = { text: "x", mode: "semantic", limit: 1 } as const;
    await assert.rejects(
      searchSessions(client, "no-such-index", question, async () => unitVector(DIMENSION, 1)),
      isFatal("INDEX_MISFIT", /no index "no-such-index" yet/),
    );
    await assert.rejects(
      searchSessions(client, "sessions", question, async () => unitVector(8, 1)),
      isFatal("VECTOR_SIZE", /embedding model/),
    );
    await assert.rejects(search("x", { limit: 100, offset: 101 }), isFatal("BAD_OPTION", /best 200/));
  });

  it("has its index tell whose vectors it holds, an older one as well, and refuses others", async () => {
    const named = (index: string, embeddingModel?: string): OpenSearchSettings => ({
      ...settings,
      index,
      ...(embeddingModel === undefined ? {} : { embeddingModel }),
    });
    const of = (embeddingModel?: string) => named("told", embeddingModel);
    await prepareOpenSearch(of());
    assert.equal(await indexEmbedding(client, "told"), undefined);
    const arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v1";
    for (const model of ["amazon.titan-embed-text-v1", "amazon.titan-embed-text-v1", arn]) {
      await prepareOpenSearch(of(model));
      assert.deepEqual(await indexEmbedding(client, "told"), {
        model: "amazon.titan-embed-text-v1",
        dimension: DIMENSION,
      });
    }
    await assert.rejects(
      prepareOpenSearch(of("amazon.titan-embed-g1-text-02")),
      isFatal("INDEX_MISFIT", /it holds vectors of amazon\.titan-embed-text-v1 \(64 numbers\), and --embedding-model/),
    );
    await prepareOpenSearch(named("other-told", "amazon.titan-embed-g1-text-02"));
    const actions = ["told", "other-told"].map((index) => ({ add: { index, alias: "both-told" } }));
    await client.request({ method: "POST", path: "/_aliases", json: { actions } });
    await assert.rejects(indexEmbedding(client, "both-told"), isFatal("INDEX_MISFIT", /of different models/));
    assert.equal(await indexEmbedding(client, "no-such-index"), undefined);
  });
});
