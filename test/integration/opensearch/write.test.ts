import assert from "node:assert/strict";
import { isFatal } from "../../support/chat/fatal";
import { embeddedPart, sessionPart } from "../../support/opensearch/embedded-parts";
import { withOpenSearch } from "../../support/opensearch/server";
import { planned } from "../../support/chat/planned";
import { documentsHarness, harness } from "../../support/opensearch/write-elements";
import { BUILT_IN_RULES } from "../../../src/chat/alerts/rules";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { documentIndex, type IndexDefinition, OWNER } from "../../../src/io/opensearch/indexes/mapping";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { openSearchSettings, type OpenSearchSettings } from "../../../src/io/opensearch/settings";
import { writeOpenSearch } from "../../../src/io/opensearch/sessions/write-documents";
import { documentId } from "../../../src/chat/steps/documents/document";

const DIMENSION = 1_536;

describe("writing to a real OpenSearch", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;
  withOpenSearch((server) => ({ url, client } = server));

  function settings(index: string, change: Partial<OpenSearchSettings> = {}): OpenSearchSettings {
    return {
      ...openSearchSettings({ connection: { endpoint: url }, index, dimension: DIMENSION, stream: "chat" }),
      ...change,
    };
  }

  async function writer(of: OpenSearchSettings) {
    return documentsHarness(of);
  }

  async function count(index: string): Promise<number> {
    await client.request({ method: "POST", path: `/${index}/_refresh` });
    const { body } = await client.request({ method: "GET", path: `/${index}/_count` });
    return (body as { count: number }).count;
  }

  async function source(index: string, id: string): Promise<Record<string, unknown>> {
    const { body } = await client.request({ method: "GET", path: `/${index}/_doc/${id}` });
    return (body as { _source: Record<string, unknown> })._source;
  }

  it("creates template and index, once", async () => {
    const of = settings("fresh");
    const facts = await prepareOpenSearch(of);
    assert.match(facts.version, /^2\./);
    await prepareOpenSearch(of);
    const template = await client.request({ method: "GET", path: "/_index_template/beam-chat-sessions-fresh" });
    assert.equal(template.status, 200);
    const index = await client.request({ method: "GET", path: "/fresh" });
    const { mappings } = (index.body as Record<string, { mappings: { properties: Record<string, object> } }>)["fresh"]!;
    assert.deepEqual(mappings.properties["embedding"], {
      type: "knn_vector",
      dimension: DIMENSION,
      method: {
        engine: "lucene",
        space_type: "cosinesimil",
        name: "hnsw",
        parameters: { ef_construction: 128, m: 16 },
      },
    });
  });

  it("gives an index that is created again the same form", async () => {
    await prepareOpenSearch(settings("again"));
    await client.request({ method: "DELETE", path: "/again" });
    const write = await writer(settings("again"));
    const { written } = await write.call([embeddedPart(1, DIMENSION)]);
    assert.equal(written.length, 1);
    await prepareOpenSearch(settings("again"));
    await write.close();
  });

  it("refuses an index whose fields do not fit, naming the field", async () => {
    await client.request({
      method: "PUT",
      path: "/other",
      json: { mappings: { properties: { userId: { type: "long" } } } },
    });
    await assert.rejects(
      prepareOpenSearch(settings("other")),
      isFatal("INDEX_MISFIT", /"userId" is of type long, not keyword/),
    );
  });

  it("gives an index of an older version the fields that it lacks, and one of somebody else none", async () => {
    const whole = documentIndex(settings("older"), false);
    const { truncated, unreadCharacters, messages, ...older } = whole.mappings.properties;
    const { role, ...ofMessages } = messages!.properties!;
    const json = {
      ...whole,
      mappings: {
        ...whole.mappings,
        _meta: { ...OWNER, version: 1 },
        properties: { ...older, messages: { ...messages, properties: ofMessages } },
      },
    };
    await client.request({ method: "PUT", path: "/older", json });
    await prepareOpenSearch(settings("older"));
    const { body } = await client.request({ method: "GET", path: "/older/_mapping" });
    const { properties, _meta } = (body as { older: { mappings: IndexDefinition["mappings"] } }).older.mappings;
    assert.deepEqual({ ...properties, truncated, unreadCharacters }, properties);
    assert.deepEqual(properties["messages"]?.properties?.["role"], role);
    assert.deepEqual(_meta, OWNER);
    await client.request({
      method: "PUT",
      path: "/theirs",
      json: { mappings: { properties: { end: { type: "date" } } } },
    });
    await assert.rejects(prepareOpenSearch(settings("theirs")), isFatal("INDEX_MISFIT", /it has no field/));
  });

  it("refuses an index whose messages cannot be searched, and names the command that makes it anew", async () => {
    const whole = documentIndex(settings("first"), false);
    const properties = { ...whole.mappings.properties, messages: { type: "object", enabled: false } };
    const mappings = { ...whole.mappings, _meta: { ...OWNER, version: 1 }, properties };
    await client.request({ method: "PUT", path: "/first", json: { ...whole, mappings } });
    await assert.rejects(
      prepareOpenSearch(settings("first")),
      isFatal("INDEX_MISFIT", /"first" is of version 1.*npm run index -- migrate --index first/),
    );
  });

  it("refuses an index of another vector size", async () => {
    await prepareOpenSearch({ ...settings("small"), dimension: 8 });
    await assert.rejects(
      prepareOpenSearch(settings("small")),
      isFatal("INDEX_MISFIT", /"embedding" holds vectors of 8 numbers.*1536/),
    );
  });

  it("writes all fields, and vectors exactly", async () => {
    const of = settings("fields");
    await prepareOpenSearch(of);
    const write = await writer(of);
    const value = embeddedPart(3, DIMENSION, {
      sensitive: true,
      sensitiveKinds: ["health"],
      categories: { solved: "no", churn_risk: "yes" },
    });
    const { written } = await write.call([value]);
    const id = documentId(value.part);
    assert.deepEqual(written, [{ documents: 1, indexed: 2, alreadyIndexed: 0, suppressed: 0 }]);
    const { embedding, indexedAt, contentHash, ...fields } = await source("fields", id);
    assert.match(contentHash as string, /^[\w-]{22}$/);
    assert.deepEqual((embedding as number[]).map(Math.fround), value.embedding);
    assert.ok(Math.abs(Date.parse(indexedAt as string) - Date.now()) < 60_000);
    const said = { author: "user-3", role: "customer" };
    assert.deepEqual(fields, {
      userId: "user-3",
      start: "2026-03-01T12:00:06.000Z",
      end: "2026-03-01T12:00:07.000Z",
      part: 1,
      partCount: 1,
      early: false,
      pane: 0,
      messageCount: 2,
      messageCountByRole: { customer: 2 },
      participants: [{ id: "user-3", role: "customer", messageCount: 2 }],
      roles: ["customer"],
      characters: 18,
      durationMs: 1_000,
      messages: [
        { ...said, content: "message 6", timestamp: "2026-03-01T12:00:06.000Z", id: "m-6" },
        { ...said, content: "message 7", timestamp: "2026-03-01T12:00:07.000Z", id: "m-7" },
      ],
      keys: ["C2TIevrAPP-Ht2FpHOUKYG", "J-4qqLLrgbhECzDeOZd-TU"],
      summary: "Session number 3",
      language: "en",
      intent: "question",
      topics: ["numbers"],
      sentiment: "neutral",
      sensitive: true,
      sensitiveKinds: ["health"],
      categories: ["solved=no", "churn_risk=yes"],
      alerts: ["summary_health"],
      summaryModel: "a-model",
      promptVersion: 1,
      taxonomyHash: "some-labels",
      truncated: false,
      unreadCharacters: 0,
      embeddingTruncated: false,
      embeddingModel: "another-model",
      stream: "chat",
      positions: [{ shardId: "shardId-000000000000", first: "49006", last: "49007" }],
    });
    await write.close();
  });

  it("writes over nothing that it was not planned for: a session that another writer was faster with begins anew", async () => {
    const of = settings("replayed");
    await prepareOpenSearch(of);
    const write = await harness(writeOpenSearch({ ...of, gapMs: 300_000, alerts: { rules: BUILT_IN_RULES } }), [
      "written",
      "deadLetters",
    ]);
    const plans = Array.from({ length: 40 }, (_, index) => planned(embeddedPart(index, DIMENSION)));
    const first = await write.call(plans);
    const second = await write.call([...plans].reverse());
    assert.deepEqual([first.written.length, second.written.length, second.deadLetters.length], [40, 0, 0]);
    assert.equal(write.again.length, 40);
    assert.equal(await count("replayed"), 40);
    await write.close();
  });

  it("turns a document that the cluster refuses into a dead letter, and writes the others", async () => {
    const of = settings("partial");
    await prepareOpenSearch(of);
    const write = await writer(of);
    const nothing = embeddedPart(1, DIMENSION);
    const secret = "my card number";
    const zero = {
      ...nothing,
      embedding: new Array<number>(DIMENSION).fill(0),
      part: sessionPart("zero", nothing.part.messages),
    };
    const infinite = {
      ...nothing,
      embedding: nothing.embedding.map((component, index) => (index === 7 ? Number.POSITIVE_INFINITY : component)),
      part: sessionPart(
        "infinite",
        nothing.part.messages.map((message) => ({ ...message, content: secret })),
      ),
    };
    const { written, deadLetters } = await write.call([
      embeddedPart(0, DIMENSION),
      infinite,
      zero,
      embeddedPart(2, DIMENSION),
    ]);
    assert.equal(written.length, 2);
    assert.equal(await count("partial"), 2);
    assert.deepEqual(
      deadLetters.map(({ code, stage, kind, messageCount }) => ({ code, stage, kind, messageCount })),
      [
        { code: "DOCUMENT_REFUSED", stage: "write", kind: "session", messageCount: 2 },
        { code: "DOCUMENT_REFUSED", stage: "write", kind: "session", messageCount: 2 },
      ],
    );
    for (const { reason, payload } of deadLetters) {
      assert.doesNotMatch(reason, /card/);
      assert.equal((JSON.parse(Buffer.from(payload).toString()) as { messages: unknown[] }).messages.length, 2);
    }
    assert.deepEqual(written, Array(2).fill({ documents: 1, indexed: 2, alreadyIndexed: 0, suppressed: 0 }));
    await write.close();
  });

  it("refuses a document over the limit by itself, and cuts requests by true sizes", async () => {
    const of = settings("large", {});
    const limited = { ...of, bulk: { ...of.bulk, maxBytes: 50_000, maxDocumentBytes: 100_000 } };
    await prepareOpenSearch(limited);
    const write = await writer(limited);
    const huge = embeddedPart(1, DIMENSION);
    const hugePart = {
      ...huge,
      part: sessionPart(
        "huge",
        huge.part.messages.map((each) => ({ ...each, content: "\u0001".repeat(20_000) })),
      ),
    };
    const { written, deadLetters } = await write.call([
      hugePart,
      ...Array.from({ length: 9 }, (_, index) => embeddedPart(index, DIMENSION)),
    ]);
    assert.equal(written.length, 9);
    assert.match(deadLetters[0]?.reason ?? "", /^The document of 26\d{4} bytes is larger than 100000\.$/);
    assert.equal(await count("large"), 9);
    await write.close();
  });

  it("stops on a vector of the wrong size", async () => {
    const write = await writer(settings("fields"));
    await assert.rejects(write.call([embeddedPart(1, 8)]), isFatal("VECTOR_SIZE", /8 numbers.*1536/));
    await write.close();
  });

  it("stores text in any script, and hostile text as it is", async () => {
    const of = settings("hostile");
    await prepareOpenSearch(of);
    const write = await writer(of);
    const texts = [
      "\u0000\u0001\u001b[31m",
      "lone \ud800 surrogate",
      "\u2028\u2029",
      '"}\n{"index":{"_id":"injected"}}\n{"a":"',
      "नमस्ते 你好 مرحبا สวัสดี 👩‍👩‍👧‍👦",
    ];
    const parts = texts.map((content, index) => {
      const part = embeddedPart(index, DIMENSION, {
        summary: content,
        intent: content.slice(0, 50),
        topics: [content],
      });
      return {
        ...part,
        part: sessionPart(
          `${content} user`,
          part.part.messages.map((each) => ({ ...each, content })),
        ),
      };
    });
    const { written, deadLetters, ids } = await write.call(parts);
    assert.deepEqual(
      deadLetters.map(({ reason }) => reason),
      [],
    );
    assert.equal(written.length, texts.length);
    assert.equal(await count("hostile"), texts.length);
    for (const [index, id] of ids.entries()) {
      const { messages } = await source("hostile", id);
      assert.equal((messages as { content: string }[])[0]?.content.toWellFormed(), texts[index]?.toWellFormed());
    }
    await write.close();
  });
});
