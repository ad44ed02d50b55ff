import assert from "node:assert/strict";
import { documentIndex, type FieldMapping, OWNER } from "../../../../../src/io/opensearch/indexes/mapping";
import { embeddingMisfits, misfits, missingFields } from "../../../../../src/io/opensearch/indexes/mapping-fit";
import { openSearchSettings } from "../../../../../src/io/opensearch/settings";

const SETTINGS = openSearchSettings({
  connection: { endpoint: "http://x" },
  index: "i",
  dimension: 1_536,
  stream: "s",
});
const WANTED = documentIndex(SETTINGS, false).mappings.properties;

describe("whether documents fit an index", () => {
  const without = (name: string) => Object.fromEntries(Object.entries(WANTED).filter(([field]) => field !== name));
  const changed = (name: string, mapping: FieldMapping) => misfits(WANTED, { ...WANTED, [name]: mapping });

  it("they fit their own, and one with more fields", () => {
    assert.deepEqual(misfits(WANTED, { ...WANTED, more: { type: "text" } }), []);
  });

  it("a missing field, another type and another vector size are named", () => {
    assert.deepEqual(misfits(WANTED, without("embedding")), ['it has no field "embedding"']);
    assert.deepEqual(changed("embedding", { type: "float" }), ['field "embedding" is of type float, not knn_vector']);
    assert.match(changed("embedding", { type: "knn_vector", dimension: 1_024 })[0] ?? "", /1024 numbers.*makes 1536/);
    assert.deepEqual(changed("positions", { properties: { shardId: { type: "text" } } }), [
      'field "positions.shardId" is of type text, not keyword',
      'it has no field "positions.first"',
      'it has no field "positions.last"',
    ]);
  });

  it("fields that will be added are no hindrance, and are found at any depth", () => {
    const { messages, ...rest } = WANTED;
    const { role, ...others } = messages!.properties!;
    assert.deepEqual(missingFields(WANTED, WANTED), {});
    assert.deepEqual(missingFields(WANTED, rest), { messages });
    const lacking = { ...rest, messages: { type: "nested", properties: others } };
    assert.deepEqual(missingFields(WANTED, lacking), { messages: { type: "nested", properties: { role } } });
    assert.deepEqual(misfits(WANTED, lacking), ['it has no field "messages.role"']);
    assert.deepEqual(misfits(WANTED, lacking, { mayLack: true }), []);
    const { first, ...places } = WANTED["positions"]!.properties!;
    assert.deepEqual(missingFields(WANTED, { ...WANTED, positions: { properties: places } }), {
      positions: { properties: { first } },
    });
    // Another form is not mended by adding something below it.
    assert.deepEqual(missingFields(WANTED, { ...rest, messages: { type: "object", enabled: false } }), {});
  });

  it("how well things are found may differ", () => {
    assert.deepEqual(changed("summary", { type: "text", analyzer: "english" }), []);
    assert.deepEqual(changed("embedding", { type: "knn_vector", dimension: 1_536, method: { engine: "faiss" } }), []);
  });
});

describe("whose vectors an index holds", () => {
  const metaOf = (embeddingModel?: string, dimension = 1_536) =>
    documentIndex({ ...SETTINGS, dimension, ...(embeddingModel === undefined ? {} : { embeddingModel }) }, false)
      .mappings._meta;

  it("is told in its _meta, beside whose it is", () => {
    assert.deepEqual(metaOf("m"), { ...OWNER, embedding: { model: "m", dimension: 1_536 } });
    assert.deepEqual(metaOf(), OWNER);
  });

  it("must be the job's own, where both tell", () => {
    assert.deepEqual(embeddingMisfits(metaOf("m"), metaOf("m")), []);
    assert.deepEqual(embeddingMisfits(metaOf("arn:aws:bedrock:us-east-1::foundation-model/m"), metaOf("m")), []);
    for (const silent of [undefined, OWNER, { embedding: {} }, { embedding: { model: 1, dimension: "x" } }]) {
      assert.deepEqual(embeddingMisfits(metaOf("m"), silent), []);
    }
    for (const other of [metaOf("n"), metaOf("m", 512)]) {
      assert.match(
        embeddingMisfits(metaOf("m"), other)[0] ?? "",
        /^it holds vectors of . \(\d+ numbers\), and --embedding-model/,
      );
    }
  });
});

describe("a new index", () => {
  it("spreads a copy when there is a node for it, unless told how many", () => {
    assert.equal(documentIndex(SETTINGS, false).settings["index.auto_expand_replicas"], "0-1");
    const { settings } = documentIndex({ ...SETTINGS, replicas: 2 }, false);
    assert.equal(settings["index.number_of_replicas"], 2);
    assert.equal(settings["index.auto_expand_replicas"], undefined);
  });

  it("takes ICU's word boundaries where the cluster has them", () => {
    const tokenizer = (icu: boolean) =>
      (documentIndex(SETTINGS, icu).settings["analysis"] as { analyzer: { any_language: { tokenizer: string } } })
        .analyzer.any_language.tokenizer;
    assert.deepEqual([tokenizer(false), tokenizer(true)], ["standard", "icu_tokenizer"]);
  });
});
