import assert from "node:assert/strict";
import { questionEmbedding } from "../../../src/cli/questions";
import { NoAnswer, type OpenSearchAnswer, type OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import { useMadeUpCredentials } from "../../../src/local/credentials";
import { isFatal } from "../../support/chat/fatal";

const V1 = "amazon.titan-embed-text-v1";
const V2 = "amazon.titan-embed-text-v2:0";
const MINUTE_MS = 60_000;

const NONE: OpenSearchAnswer = { status: 404, body: {} };

function told(dimension: number): OpenSearchAnswer {
  return { status: 200, body: { sessions: { mappings: { _meta: { embedding: { model: V2, dimension } } } } } };
}

describe("the model of questions", () => {
  let bedrock: LocalBedrock;
  let nowMs = 0;
  let asked = 0;
  before(async () => {
    useMadeUpCredentials();
    bedrock = await startLocalBedrock(0);
  });
  after(() => bedrock.close());

  /** An embedding whose index gives these answers, in turns, and the last one for ever; it tells a vector's length. */
  function lengths(...answers: readonly (OpenSearchAnswer | Error)[]): (text: string) => Promise<number> {
    asked = 0;
    const openSearch: OpenSearchClient = {
      async request() {
        const answer = answers[Math.min(asked++, answers.length - 1)]!;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      close: async () => undefined,
    };
    const line = {
      origins: { embeddingModel: "default" as const },
      values: { region: "us-east-1", embeddingModel: V1, embeddingDimensions: undefined },
    };
    const services = { openSearch, index: "sessions", endpoints: { bedrock: bedrock.url } };
    const embed = questionEmbedding(
      line,
      services,
      1,
      () => undefined,
      () => nowMs,
    );
    return async (text) => (await embed(text)).length;
  }

  it("is asked for again when the index could not tell it at the first question", async () => {
    for (const trouble of [new NoAnswer(new Error("reset")), { status: 503, body: {} }, { status: 429, body: {} }]) {
      const length = lengths(trouble, told(1_024));
      await assert.rejects(length("where?"), isFatal("SERVICE_UNREACHABLE", /OpenSearch/));
      assert.equal(await length("where?"), 1_024);
    }
  });

  it("is that of an index made after the first question", async () => {
    const length = lengths(NONE, told(512));
    assert.equal(await length("where?"), 1_536, "the default");
    assert.equal(await length("where?"), 512);
  });

  it("is kept for a minute, and changes with the index, for texts too that were embedded before", async () => {
    const length = lengths(told(512), told(256), { status: 503, body: {} });
    assert.deepEqual([await length("where?"), await length("who?"), asked], [512, 512, 1]);
    nowMs += MINUTE_MS;
    assert.deepEqual([await length("where?"), await length("who?"), asked], [256, 256, 2]);
    nowMs += MINUTE_MS;
    assert.deepEqual([await length("where?"), asked], [256, 3], "a known one counts in trouble");
  });

  it("is the default for credentials that may only search", async () => {
    const length = lengths({ status: 403, body: {} });
    assert.deepEqual([await length("where?"), await length("where?")], [1_536, 1_536]);
  });
});
