import assert from "node:assert/strict";
import type { ReadableDocument } from "../../../src/io/opensearch/searching/whole-session";
import { costsOf } from "../../../src/page/costs";

const HAIKU = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";
const TITAN = "amazon.titan-embed-text-v2:0";

function part(summaryModel: string, contents: readonly string[] | undefined) {
  const messages = contents?.map((content) => ({ content }));
  const document = { summary: "A summary.", topics: ["a topic"], summaryModel, embeddingModel: TITAN, messages };
  // The fields that costs depend on.
  return { id: "x", document: document as unknown as ReadableDocument };
}

describe("the costs of a session", () => {
  it("are the sums of its parts, by the models that its documents name", () => {
    const one = costsOf([part(HAIKU, ["Where is my parcel?"])])!;
    const two = costsOf([part(HAIKU, ["Where is my parcel?"]), part(HAIKU, ["Where is my parcel?"])])!;
    assert.equal(two.inputTokens, 2 * one.inputTokens);
    assert.equal(two.embeddingTokens, 2 * one.embeddingTokens);
    // A profile of one geography costs a tenth more than the global one.
    const usd = (1.1 * (one.inputTokens + 5 * one.outputTokens) + 0.02 * one.embeddingTokens) / 1_000_000;
    assert.ok(Math.abs(one.usd! - usd) < 1e-12, `${one.usd} is not ${usd}`);
    assert.ok(costsOf([part(HAIKU, ["word ".repeat(1_000)])])!.inputTokens > one.inputTokens + 1_000);
  });

  it("have no price where that of a model is not known, and are unknown without messages", () => {
    assert.equal(costsOf([part("a-model", ["x"])])!.usd, undefined);
    assert.equal(costsOf([part(HAIKU, undefined)]), undefined);
  });
});
