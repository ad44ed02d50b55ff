import assert from "node:assert/strict";
import { tooOld } from "../../../../../src/io/opensearch/indexes/engine";

const LUCENE = { engine: "lucene", dimension: 1_536 } as const;

describe("the version of OpenSearch that an index needs", () => {
  it("is 2.12 for large vectors with lucene, and the sentence names the cure", () => {
    for (const version of ["2.4.0", "2.9.1", "2.11.1"])
      assert.match(tooOld(version, LUCENE) ?? "", /needs 2\.12: upgrade/);
    for (const version of ["2.12.0", "2.19.1", "3.0.0"]) assert.equal(tooOld(version, LUCENE), undefined, version);
    assert.equal(tooOld("2.11.0", { ...LUCENE, dimension: 1_024 }), undefined);
  });

  it("is 2.4 for any search with a filter", () => {
    assert.match(tooOld("2.3.0", { ...LUCENE, dimension: 256 }) ?? "", /needs 2\.4: upgrade/);
  });

  it("is 2.19 for faiss, which compares by the cosine from then on", () => {
    assert.match(tooOld("2.17.0", { ...LUCENE, engine: "faiss" }) ?? "", /needs 2\.19: leave --knn-engine out/);
    assert.equal(tooOld("2.19.0", { ...LUCENE, engine: "faiss" }), undefined);
  });
});
