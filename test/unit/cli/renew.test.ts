import assert from "node:assert/strict";
import { renewDocuments } from "../../../src/cli/renew";
import { costOf, planText } from "../../../src/cli/renew-text";
import type { BehindCount, BehindSample } from "../../../src/io/opensearch/renewing/behind";
import { readOptions } from "../../../src/options";
import { isFatal } from "../../support/chat/fatal";
import { RETAIL_FILE } from "../../support/chat/retail";

const COUNT: BehindCount = {
  ...{ documents: 20, behind: 12, byModel: 2, byPrompt: 0, byTaxonomy: 12, withoutMessages: 2 },
};

function settings(...argv: readonly string[]) {
  return readOptions(argv, {}).pipelineSettings({ opensearch: "http://127.0.0.1:1" }, 0);
}

function sample(content: string, messages = 1): BehindSample {
  const timestamp = "2026-03-01T12:00:00.000Z";
  const stored = Array.from({ length: messages }, () => ({ content, timestamp }));
  return { messages: stored, summary: "The user asks about a parcel.", topics: ["parcel"] };
}

describe("the cost of a renewal", () => {
  it("is that of the sample, times the documents, at list prices", () => {
    const one = costOf([sample("Where is my parcel?")], 1, settings());
    const many = costOf([sample("Where is my parcel?")], 1_000, settings());
    assert.equal(many.inputTokens, one.inputTokens * 1_000);
    const { inputTokens, outputTokens, embeddingTokens, usd } = many;
    const expected = (inputTokens * 1 + outputTokens * 5 + embeddingTokens * 0.1) / 1_000_000;
    assert.ok(Math.abs(usd! - expected) < 1e-9);
  });

  it("grows with the chat, with the labels, and with calls that a long chat takes", () => {
    const tokens = (text: string, ...argv: readonly string[]): number =>
      costOf([sample(text)], 1, settings(...argv)).inputTokens;
    assert.ok(tokens("Where is my parcel? ".repeat(100)) > tokens("Where is my parcel?") + 500);
    assert.ok(tokens("hi", "--taxonomy", RETAIL_FILE) > tokens("hi") + 300);
    const long = sample("x".repeat(900_000));
    assert.ok(costOf([long], 1, settings()).outputTokens > costOf([sample("x")], 1, settings()).outputTokens * 2);
  });

  it("is not known for a model whose price is not, and nothing for nothing", () => {
    assert.equal(costOf([sample("hi")], 1, settings("--summary-model", "acme.new-model")).usd, null);
    assert.deepEqual(costOf([], 0, settings()), { inputTokens: 0, outputTokens: 0, embeddingTokens: 0, usd: 0 });
  });

  it("is told with the reasons, and with what cannot be renewed", () => {
    const text = planText(COUNT, costOf([sample("hi")], 10, settings()), settings(), "chats");
    assert.match(
      text,
      /^12 of 20 documents in chats are behind: 2 by the model, 0 by the prompt, 12 by the taxonomy\.$/m,
    );
    assert.match(text, /^2 of them hold no messages \(--no-store-messages\)/m);
    assert.match(text, /: about 0\.\d\d US dollars \(list prices of us-east-1/);
    const none = { ...COUNT, behind: 0 };
    assert.equal(planText(none, costOf([], 0, settings()), settings(), "c"), "0 of 20 documents in c are behind.");
  });
});

describe("npm run renew", () => {
  const cases: readonly (readonly [argv: string, sentence: RegExp])[] = [
    ["", /^Say what to do: npm run renew -- plan, or run\.$/],
    ["plan now", /^Say what to do/],
    ["plan --where refund", /^--where must be such as intent=refund/],
    ["plan --where mood=bad", /^--where must be .* with each of user, intent, .* once at most, not "mood=bad"\.$/],
    ["plan --where intent=a,intent=b", /^--where must be/],
    ["run --from yesterday", /^--from must be a time/],
    ["run --taxonomy none.json", /there is no such file/],
    ["run --no-local", /needs --opensearch-endpoint/],
  ];
  for (const [argv, sentence] of cases) {
    it(`refuses in one sentence: ${argv}`, async () => {
      const words = argv === "" ? [] : argv.split(" ");
      await assert.rejects(
        renewDocuments(words, {}, () => undefined),
        isFatal("BAD_OPTION", sentence),
      );
    });
  }
});
