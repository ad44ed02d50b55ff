import assert from "node:assert/strict";
import { refusedKey } from "../../../../../src/io/opensearch/indexes/index-key";
import type { IndexMeta } from "../../../../../src/io/opensearch/indexes/index-meta";
import { refusedVersion, renewedMeta } from "../../../../../src/io/opensearch/indexes/index-version";
import { documentIndex, type FieldMapping, OWNER } from "../../../../../src/io/opensearch/indexes/mapping";
import { openSearchSettings } from "../../../../../src/io/opensearch/settings";

const SETTINGS = openSearchSettings({ connection: { endpoint: "http://x" }, index: "i", dimension: 8, stream: "s" });
const WANTED = documentIndex(SETTINGS, false).mappings.properties;
/** As version 1 had it. */
const FIRST: Readonly<Record<string, FieldMapping>> = { ...WANTED, messages: { type: "object", enabled: false } };
const { application, version } = OWNER;

describe("the version of an index", () => {
  const refused = (meta: object | undefined, existing = FIRST) => refusedVersion("chats", meta, WANTED, existing);

  it("an older one with a field of another form is refused with the command that makes it anew", () => {
    for (const meta of [{ application, version: 1 }, { application }]) {
      assert.match(refused(meta) ?? "", /is of version 1 .*run npm run index -- migrate --index chats once/);
    }
  });

  it("an older one that only lacks fields is not, nor one of somebody else, nor one with other vectors", () => {
    const { messages, ...lacking } = WANTED;
    assert.ok(messages !== undefined);
    assert.equal(refused({ application, version: 1 }, lacking), undefined);
    assert.equal(refused({ application, version: 1 }, WANTED), undefined);
    assert.equal(refused(undefined), undefined);
    assert.equal(refused({ application: "other", version: 1 }), undefined);
    const vectors = { ...WANTED, embedding: { type: "knn_vector", dimension: 9 } };
    assert.equal(refused({ application, version: 1 }, vectors), undefined);
  });

  it("a newer one is refused", () => {
    const meta = { application, version: version + 1 };
    assert.match(refused(meta, WANTED) ?? "", /is of version \d+ and this job writes version \d+: use a newer version/);
  });

  it("is told when the index was brought to it, and the rest stays", () => {
    const embedding = { model: "m", dimension: 8 };
    assert.equal(renewedMeta(OWNER, OWNER), undefined);
    assert.equal(renewedMeta({ ...OWNER, embedding }, { ...OWNER, embedding }), undefined);
    assert.equal(renewedMeta(OWNER, { ...OWNER, embedding }), undefined);
    const first = { application, version: 1, mark: "theirs" };
    assert.deepEqual(renewedMeta(OWNER, first), { ...OWNER, mark: "theirs" });
    assert.deepEqual(renewedMeta({ ...OWNER, embedding }, OWNER), { ...OWNER, embedding });
    const arn = { model: "arn:aws:bedrock:us-east-1::foundation-model/m", dimension: 8 };
    assert.deepEqual(renewedMeta({ ...OWNER, embedding: arn }, { ...first, embedding }), {
      ...OWNER,
      mark: "theirs",
      embedding,
    });
  });

  it("is told with the key of pseudonyms, which stays the first one that was told", () => {
    const keyed = { ...OWNER, keyCheck: "a" };
    assert.deepEqual(renewedMeta(keyed, { ...OWNER, copyOf: "x" } as IndexMeta), { ...keyed, copyOf: "x" });
    assert.equal(renewedMeta(keyed, keyed), undefined);
    assert.equal(renewedMeta(OWNER, keyed), undefined);
    assert.equal(renewedMeta({ ...OWNER, keyCheck: "b" }, keyed), undefined);
    assert.match(refusedKey("i-ledger", { keyCheck: "b" }, keyed) ?? "", /"i-ledger" are made with another key/);
    for (const meta of [keyed, OWNER, undefined]) assert.equal(refusedKey("i-ledger", keyed, meta), undefined);
    assert.equal(refusedKey("i-ledger", OWNER, keyed), undefined);
  });
});
