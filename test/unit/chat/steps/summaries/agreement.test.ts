import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { SessionSummary } from "../../../../../src/chat/model";
import { agreements, NO_ANSWER } from "../../../../../src/chat/steps/summaries/agreement";
import { parseLabelled } from "../../../../../src/chat/steps/summaries/labelled";
import { BUILT_IN_TAXONOMY } from "../../../../../src/chat/steps/summaries/taxonomy";
import { tokensUsd } from "../../../../../src/io/bedrock/prices";
import { isFatal } from "../../../../support/chat/fatal";
import { RETAIL } from "../../../../support/chat/retail";

const EXAMPLE = path.resolve(__dirname, "../../../../../docs/examples/labelled.jsonl");
const both = [BUILT_IN_TAXONOMY, RETAIL];

function summary(change: Partial<SessionSummary>): SessionSummary {
  const labels = { language: "en", intent: "other", sentiment: "neutral" } as const;
  return { summary: "S.", topics: [], sensitive: false, sensitiveKinds: [], ...labels, ...change };
}

describe("parseLabelled", () => {
  it("reads the documentation's example, with labels as the index has them", () => {
    const sessions = parseLabelled(readFileSync(EXAMPLE, "utf8"), "labelled.jsonl", both);
    assert.equal(sessions.length, 7);
    assert.deepEqual(sessions[1]?.expected.intent, "return_or_refund");
    assert.equal(sessions[1]?.part.messages.length, 2);
  });

  it("reads messages as objects, too, and passes by empty lines", () => {
    const line = JSON.stringify({ messages: [{ content: "hi", role: "customer" }, "there"], expected: {} });
    const [session] = parseLabelled(`\n${line}\n\n`, "f", both);
    assert.deepEqual(
      session?.part.messages.map(({ content }) => content),
      ["hi", "there"],
    );
  });

  const cases: readonly (readonly [what: string, line: unknown, sentence: RegExp])[] = [
    ["no JSON", "S3CRET", /^f line 2 is not in the form \{"messages"/],
    ["no messages", { messages: [], expected: {} }, /^f line 2 has a wrong field messages: the form is/],
    ["an empty message", { messages: ["S3CRET", ""], expected: {} }, /wrong field messages\.1: the form is/],
    ["another field", { messages: ["S3CRET"], expected: { mood: "S3CRET" } }, /wrong field expected: the form is/],
    ["a sentiment", { messages: ["S3CRET"], expected: { sentiment: "meh" } }, /wrong field expected\.sentiment/],
    [
      "an intent",
      { messages: ["S3CRET"], expected: { intent: "x" } },
      /intent that no taxonomy has: there are question,/,
    ],
    [
      "a question",
      { messages: ["S3CRET"], expected: { categories: { x: "yes" } } },
      /a category that no taxonomy has: there are solved, churn_risk\.$/,
    ],
    [
      "an answer",
      { messages: ["S3CRET"], expected: { categories: { solved: "S3" } } },
      /an answer to solved that no taxonomy has: there are yes, no, unclear\.$/,
    ],
  ];
  for (const [what, line, sentence] of cases) {
    it(`refuses in one sentence that names the line and quotes no chat: ${what}`, () => {
      const good = JSON.stringify({ messages: ["hi"], expected: {} });
      const text = `${good}\n${typeof line === "string" ? line : JSON.stringify(line)}`;
      assert.throws(
        () => parseLabelled(text, "f", both),
        (error) => isFatal("BAD_OPTION", sentence)(error) && !(error as Error).message.includes("S3CRET"),
      );
    });
  }

  it("refuses a file without sessions", () => {
    assert.throws(() => parseLabelled("\n", "f", both), isFatal("BAD_OPTION", /^f holds no session/));
  });
});

describe("agreements", () => {
  it("counts what was expected only, and tells what was given instead, most frequent first", () => {
    const expected = { intent: "refund", language: "pt", categories: { solved: "no" } };
    const found = agreements([
      { expected, summary: summary({ intent: "refund", language: "pt-BR", categories: { solved: "no" } }) },
      { expected, summary: summary({ intent: "order", language: "pt", categories: { solved: "yes" } }) },
      { expected, summary: summary({ intent: "account", language: "ptx" }) },
      { expected, summary: summary({ intent: "account", language: "pt" }) },
      { expected: { intent: "refund" }, summary: undefined },
      { expected: {}, summary: summary({}) },
    ]);
    assert.deepEqual(found, [
      {
        field: "intent",
        agreeing: 1,
        compared: 5,
        confusions: [
          { expected: "refund", got: "account", count: 2 },
          { expected: "refund", got: "order", count: 1 },
          { expected: "refund", got: NO_ANSWER, count: 1 },
        ],
      },
      { field: "language", agreeing: 3, compared: 4, confusions: [{ expected: "pt", got: "ptx", count: 1 }] },
      {
        field: "solved",
        agreeing: 1,
        compared: 4,
        confusions: [
          { expected: "no", got: NO_ANSWER, count: 2 },
          { expected: "no", got: "yes", count: 1 },
        ],
      },
    ]);
  });
});

describe("the price of tokens", () => {
  it("counts both ways by the million, and is unknown for a model that is", () => {
    assert.equal(tokensUsd("global.anthropic.claude-haiku-4-5-20251001-v1:0", 2_000_000, 1_000_000), 7);
    assert.equal(tokensUsd("acme.new-model", 1, 1), undefined);
  });
});
