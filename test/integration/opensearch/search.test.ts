import assert from "node:assert/strict";
import { chatMessage, embeddedPart, sessionPart, START_MS, unitVector } from "../../support/opensearch/embedded-parts";
import { DIMENSION, FILLERS, searchedParts, SESSIONS } from "../../support/opensearch/searched-parts";
import { isFatal } from "../../support/chat/fatal";
import { withOpenSearch } from "../../support/opensearch/server";
import { makeSessions } from "../../support/opensearch/sessions-index";
import { documentsHarness } from "../../support/opensearch/write-elements";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { documentIndex } from "../../../src/io/opensearch/indexes/mapping";
import { SCENARIOS, textOf } from "../../../src/local/sample/scenarios";
import { indexEmbedding } from "../../../src/io/opensearch/indexes/index-embedding";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { searchSessions, type SearchQuestion } from "../../../src/io/opensearch/searching/search";
import type { OpenSearchSettings } from "../../../src/io/opensearch/settings";
import type { EmbeddedPart } from "../../../src/chat/model";

describe("searching a real OpenSearch", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;
  let settings: OpenSearchSettings;

  withOpenSearch((server) => ({ url, client } = server));
  before(async () => {
    settings = await makeSessions(url, { dimension: DIMENSION });
    const write = await documentsHarness(settings);
    const { written } = await write.call(searchedParts());
    assert.equal(written.length, SESSIONS.length + FILLERS);
    await write.close();
    await client.request({ method: "POST", path: "/sessions/_refresh" });
  });

  /** Users found, best first. The question's vector is that of session `near`. */
  async function search(text: string, change: Partial<SearchQuestion> = {}, near = 0): Promise<string[]> {
    const question = { text, mode: "hybrid", limit: 10, ...change } as const;
    const { hits } = await searchSessions(client, "sessions", question, async () => unitVector(DIMENSION, near));
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

  it("takes hostile questions of every length in all modes, with messages and phrases", async () => {
    const many = (text: (number: number) => string, separator = ""): string =>
      Array.from({ length: 2_000 }, (_, number) => text(number)).join(separator);
    const long = [
      many((number) => String.fromCodePoint(0x4e00 + number)),
      many((number) => String.fromCodePoint(0xac00 + number)),
      many((number) => `a${number}б`),
      many((number) => `слово${number}`, " "),
      many((number) => String.fromCodePoint(0x1f300 + (number % 700))),
      "x".repeat(70_000),
    ];
    for (const text of [...long, ...long.map((each) => `"${each}"`)]) {
      await search(text, { mode: "hybrid" });
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

  describe("in the messages", () => {
    /** A sentence of each scenario of the sample chat, whose other words are nowhere in the summaries. */
    const CHATS = SCENARIOS.map(({ messages }) => messages.map(textOf));
    const SENTENCES = CHATS.map((texts) => texts.findLast((text) => !text.includes("{")) ?? "");

    function told(index: number, messages: readonly string[], summary = `Session number ${index}.`): EmbeddedPart {
      const own = messages.map((content, place) => chatMessage(index * 1_000 + place, { content }));
      const part = embeddedPart(index, DIMENSION, { summary, topics: [], intent: "other" });
      return { ...part, part: sessionPart(`user ${index}`, own) };
    }

    async function fill(of: OpenSearchSettings, all: readonly EmbeddedPart[]): Promise<void> {
      const write = await documentsHarness(of);
      const { written } = await write.call(all);
      assert.equal(written.length, all.length);
      await write.close();
      await client.request({ method: "POST", path: `/${of.index}/_refresh` });
    }

    async function ask(index: string, text: string, change: Partial<SearchQuestion> = {}, near = 900) {
      const question = { text, mode: "hybrid", limit: 5, ...change } as const;
      return searchSessions(client, index, question, async () => unitVector(DIMENSION, near));
    }

    before(async () => {
      const of = { ...settings, index: "messages" };
      await prepareOpenSearch(of);
      await fill(
        of,
        CHATS.map((texts, index) => told(index, texts)),
      );
    });

    it("finds each sentence that no summary has, though its vector is another session's, and shows it", async () => {
      for (const [index, sentence] of SENTENCES.entries()) {
        for (const mode of ["hybrid", "keyword"] as const) {
          const { hits, inMessages } = await ask("messages", sentence, { mode });
          const [first] = hits;
          assert.equal(first?.document.userId, `user ${index}`, `${mode}: ${sentence}`);
          assert.equal(inMessages, true);
          const place = CHATS[index]!.indexOf(sentence);
          const shown = first.messages.find((message) => message.index === place);
          assert.equal(shown?.timestamp, new Date(START_MS + (index * 1_000 + place) * 1_000).toISOString());
          assert.equal(shown.id, `m-${index * 1_000 + place}`);
          assert.ok(sentence.endsWith(shown.excerpt.map(({ text }) => text).join("")), sentence);
          assert.ok(shown.excerpt.some(({ match }) => match));
          assert.equal(first.weak, false);
        }
      }
    });

    it("takes what stands between quotation marks for a phrase of one message", async () => {
      const users = async (text: string, mode: SearchQuestion["mode"] = "hybrid"): Promise<string[]> =>
        (await ask("messages", text, { mode })).hits.map(({ document }) => document.userId);
      for (const mode of ["hybrid", "keyword", "semantic"] as const) {
        assert.deepEqual(await users('"charged twice"', mode), ["user 1"], mode);
        assert.deepEqual(await users('"twice charged"', mode), [], mode);
      }
      assert.deepEqual(await users('my order, "CHARGED twice" please'), ["user 1"]);
      // The words follow one another, but over the border of two messages.
      assert.deepEqual(await users('"any more it says"'), []);
      assert.deepEqual(await users("「商品の色」"), ["user 16"]);
      assert.deepEqual(await users("「色の商品」"), []);
      assert.deepEqual(await users("„noch nicht angekommen“"), ["user 8"]);
    });

    it("marks the words, and together those that follow one another", async () => {
      const { hits } = await ask("messages", '"charged twice"');
      assert.deepEqual(hits[0]?.messages[0]?.excerpt, [
        { text: "I was " },
        { text: "charged twice", match: true },
        { text: " for order {order}." },
      ]);
    });

    it("says of a match that it is weak when few of its words are there and its vector is as near as any", async () => {
      const weak = async (text: string, near?: number): Promise<boolean[]> =>
        (await ask("messages", text, {}, near)).hits.map((hit) => hit.weak);
      assert.ok((await weak("zebra crossing in the parcel")).every(Boolean));
      const near = (await ask("messages", "zebra", { limit: 24 }, 7)).hits.map((hit) => hit.weak);
      assert.deepEqual([near.length, near[0]], [24, false]);
      assert.ok(near.filter(Boolean).length > 20);
      assert.equal((await weak("parcel"))[0], false);
      const { hits } = await ask("messages", "zebra crossing parcel", { mode: "keyword" });
      assert.ok(hits.length > 0 && hits.every((hit) => hit.weak));
    });

    it("reads the beginning of a message that is too long to be read whole", async () => {
      const of = { ...settings, index: "long" };
      await prepareOpenSearch(of);
      const content = `needle ${"hay ".repeat(300_000)}thread`;
      const json = { userId: "x", summary: "", embedding: unitVector(DIMENSION, 1), messages: [{ content }] };
      await client.request({ method: "PUT", path: "/long/_doc/1", query: { refresh: true }, json });
      for (const word of ["needle", "thread"]) {
        const { hits } = await ask("long", word);
        assert.match(
          hits[0]?.messages
            .at(-1)
            ?.excerpt.map(({ text }) => text)
            .join("") ?? "",
          /^needle/,
        );
      }
    });

    it("searches summaries alone where messages are not kept, or cannot be searched", async () => {
      const bare = { ...settings, index: "bare", storeMessages: false };
      await prepareOpenSearch(bare);
      await fill(bare, [told(1, ["hidden words"], "A summary.")]);
      const { hits, inMessages } = await ask("bare", "hidden summary", { mode: "keyword" });
      assert.deepEqual([hits.length, hits[0]?.messages.length, inMessages], [1, 0, true]);
      assert.equal((await ask("bare", "hidden", { mode: "keyword" })).hits.length, 0);

      const { mappings, ...rest } = documentIndex(settings, false);
      const properties = { ...mappings.properties, messages: { type: "object", enabled: false } };
      const json = { ...rest, mappings: { ...mappings, properties }, aliases: { both: {} } };
      await client.request({ method: "PUT", path: "/first-version", json });
      const document = {
        userId: "old",
        summary: "An old summary.",
        messages: [{ content: "hidden" }],
        start: "2026-01-01T00:00:00Z",
      };
      await client.request({ method: "PUT", path: "/first-version/_doc/1", query: { refresh: true }, json: document });
      await client.request({
        method: "POST",
        path: "/_aliases",
        json: { actions: [{ add: { index: "bare", alias: "both" } }] },
      });
      for (const [index, count] of [
        ["first-version", 1],
        ["both", 2],
      ] as const) {
        const found = await ask(index, "hidden summary", { mode: "keyword" });
        assert.deepEqual([found.hits.length, found.inMessages], [count, false], index);
      }
    });
  });
});
