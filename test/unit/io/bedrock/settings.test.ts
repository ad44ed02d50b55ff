import assert from "node:assert/strict";
import { backOffMs } from "../../../../src/beam/retry";
import { embeddingInput, readTitan, titanBody } from "../../../../src/io/bedrock/embed-request";
import {
  canonicalLanguage,
  DEFAULT_SUMMARISE,
  dimensionsOf,
  embeddingModel,
  structuredFor,
  type SummariseSettings,
  temperatureFor,
  validateSummarise,
} from "../../../../src/io/bedrock/settings";
import { BACK_OFF } from "../../../../src/io/bedrock/retry";
import { summarisedPart } from "../../../support/chat/session-parts";

const V1 = embeddingModel("amazon.titan-embed-text-v1");
const V2 = embeddingModel("amazon.titan-embed-text-v2:0", 256, false);

describe("embedding models", () => {
  it("are known by their ids, also behind an ARN", () => {
    assert.equal(dimensionsOf(V1), 1_536);
    assert.equal(dimensionsOf(V2), 256);
    assert.equal(dimensionsOf(embeddingModel("amazon.titan-embed-text-v2:0")), 1_024);
    assert.equal(
      embeddingModel("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v1").family,
      "titan-v1",
    );
  });

  it("refuse dimensions and normalisation that they do not have", () => {
    assert.throws(() => embeddingModel("amazon.titan-embed-text-v2:0", 300), { code: "BAD_OPTION" });
    assert.throws(() => embeddingModel("amazon.titan-embed-text-v1", 512), /always has 1536/);
    assert.throws(() => embeddingModel("amazon.titan-embed-text-v1", undefined, true), /normalisation/);
    assert.throws(() => embeddingModel("cohere.embed-v3"), /titan-embed-text-v2:0/);
  });

  it("get a body with what they know, and nothing else", () => {
    assert.deepEqual(titanBody(V1, "a"), { inputText: "a" });
    assert.deepEqual(titanBody(V2, "a"), { inputText: "a", dimensions: 256, normalize: false });
  });
});

describe("readTitan", () => {
  const vector = (component: unknown) => ({ embedding: Array.from({ length: 256 }, () => component) });

  it("takes a vector of finite numbers of the right size", () => {
    const read = readTitan({ ...vector(0.5), inputTextTokenCount: 7 }, V2);
    assert(read.ok && read.embedding.length === 256 && read.inputTokens === 7);
  });

  it("refuses what is no usable vector, and throws for another size", () => {
    for (const body of [{}, null, "x", { embedding: [] }, vector("1"), vector(null), vector(1e39), vector(0)]) {
      assert.equal(readTitan(body, V2).ok, false);
    }
    assert.throws(() => readTitan({ embedding: [1, 2] }, V2), {
      code: "VECTOR_SIZE",
      message: /2 floats instead of 256/,
    });
  });
});

describe("embeddingInput", () => {
  it("is the summary and its topics, or the session's text", () => {
    const own = summarisedPart("An order.", ["hi", "bye"]);
    const withTopics = { ...own, summary: { ...own.summary, topics: ["order", "delivery"] } };
    assert.deepEqual(embeddingInput(withTopics, "summary"), { text: "An order.\norder, delivery", isCut: false });
    assert.deepEqual(embeddingInput(own, "session"), { text: "hi\nbye", isCut: false });
    assert.deepEqual(embeddingInput(summarisedPart("s", ["ab", "cd"]), "session", 1), { text: "ab", isCut: true });
    const long = summarisedPart("s".repeat(60_000));
    assert.equal(embeddingInput(long, "summary").isCut, true);
  });
});

describe("Bedrock settings", () => {
  const bedrock = { region: "us-east-1", maxConcurrentCalls: 64, requestTimeoutMs: 60_000 };
  const check = (change: Partial<SummariseSettings>) => () =>
    validateSummarise({ ...DEFAULT_SUMMARISE, bedrock, ...change });

  it("are refused out of range or in contradiction", () => {
    check({})();
    assert.throws(check({ maxTokens: 10 }), /maxTokens must be a whole number from 64/);
    assert.throws(check({ maxTokens: 8_000 }), /maxTokensWhenCut must be at least/);
    assert.throws(check({ language: "klingon!" }), /language tag/);
    assert.throws(check({ api: "invoke", model: "meta.llama3-8b-instruct-v1:0" }), /Claude models only/);
    assert.throws(check({ bedrock: { ...bedrock, endpoint: "nowhere" } }), /no URL/);
    assert.throws(check({ bedrock: { ...bedrock, maxConcurrentCalls: 0 } }), { code: "BAD_OPTION" });
    assert.throws(check({ bedrock: { ...bedrock, maxRetryDurationMs: 5 } }), /maxRetryDurationMs/);
  });

  it("choose tool use by the model's family", () => {
    const of = (model: string) => structuredFor({ model, structured: "auto" });
    for (const model of [
      DEFAULT_SUMMARISE.model,
      "anthropic.claude-3-haiku-20240307-v1:0",
      "us.amazon.nova-lite-v1:0",
    ]) {
      assert.equal(of(model), "tool");
    }
    for (const model of ["anthropic.claude-v2:1", "anthropic.claude-instant-v1", "mistral.mistral-7b-instruct-v0:2"]) {
      assert.equal(of(model), "text");
    }
    assert.equal(structuredFor({ model: "anthropic.claude-v2:1", structured: "tool" }), "tool");
  });

  it("name a temperature to models that take one only", () => {
    assert.equal(temperatureFor(DEFAULT_SUMMARISE.model), 0);
    assert.equal(temperatureFor("anthropic.claude-3-haiku-20240307-v1:0"), 0);
    assert.equal(temperatureFor("global.anthropic.claude-opus-4-7"), undefined);
    assert.equal(temperatureFor("arn:aws:bedrock:us-east-1:1:application-inference-profile/x"), undefined);
  });

  it("know language tags", () => {
    assert.equal(canonicalLanguage("PT-br"), "pt-BR");
    assert.equal(canonicalLanguage("zh-hant-tw"), "zh-Hant-TW");
    for (const tag of ["", "english", "e", "en_US", "en--US", "12"])
      assert.equal(canonicalLanguage(tag), undefined, tag);
  });
});

describe("pauses after a failed call", () => {
  it("double up to their bound, with full jitter", () => {
    const most = (failures: number) => backOffMs(BACK_OFF.throttled, failures, () => 1);
    assert.deepEqual([1, 2, 3, 7, 1_001].map(most), [500, 1_000, 2_000, 20_000, 20_000]);
    assert.equal(
      backOffMs(BACK_OFF.throttled, 6, () => 0),
      0,
    );
    assert(backOffMs(BACK_OFF.unavailable, 101, () => 1) <= 1_000);
  });
});
