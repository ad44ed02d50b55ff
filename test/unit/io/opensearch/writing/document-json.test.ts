import assert from "node:assert/strict";
import fc from "fast-check";
import { documentJson } from "../../../../../src/io/opensearch/writing/document-json";
import type { SessionDocument } from "../../../../../src/chat/steps/documents/document";

const SEED = 11;

describe("a document as JSON", () => {
  it(`gives back every 32-bit float, and text of any kind (seed ${SEED})`, () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(float, { minLength: 1 }), fc.string({ unit: "binary" }), (embedding, summary) => {
        const json = documentJson({ summary, embedding });
        assert.doesNotMatch(json, /\n/);
        const read = JSON.parse(json) as { summary: string; embedding: number[] };
        assert.equal(read.summary, summary);
        // -0 and 0 are the same number to the index.
        assert.deepEqual(
          read.embedding.map(Math.fround),
          embedding.map((component) => component + 0),
        );
      }),
      { seed: SEED },
    );
  });

  it("stays JSON when a component is no number", () => {
    const document = {
      summary: "",
      embedding: [1, Number.NaN, Number.POSITIVE_INFINITY],
    } as unknown as SessionDocument;
    assert.deepEqual((JSON.parse(documentJson(document)) as { embedding: unknown[] }).embedding, [1, null, null]);
  });
});
