import assert from "node:assert/strict";
import { BUILT_IN_TAXONOMY } from "../../../../src/chat/steps/summaries/taxonomy";
import { readConverse, readMessages } from "../../../../src/io/bedrock/summary-answer";
import { answerForm } from "../../../../src/io/bedrock/summary-schema";

const FORM = answerForm(BUILT_IN_TAXONOMY);

describe("an answer that ended early", () => {
  it("for lack of context is one to an input that is too long, in both APIs", () => {
    const stopReason = "model_context_window_exceeded";
    const metadata = { $metadata: {}, usage: undefined, metrics: undefined, output: undefined };
    assert.equal(readConverse({ ...metadata, stopReason }, "tool", FORM).outcome.kind, "tooLong");
    assert.equal(readMessages({ content: [], stop_reason: stopReason }, "text", FORM).outcome.kind, "tooLong");
  });
});

const SUMMARY = {
  summary: "s",
  language: "en",
  intent: "question",
  topics: ["parcel"],
  sentiment: "neutral",
  sensitive: false,
  sensitiveKinds: [],
};
const JSON_TEXT = JSON.stringify(SUMMARY);

/** The outcome of the same blocks through both APIs. */
function outcomes(
  blocks: readonly (string | { readonly input: unknown; readonly name?: string })[],
  structured: "tool" | "text",
) {
  const messages = blocks.map((block) =>
    typeof block === "string"
      ? { type: "text", text: block }
      : { type: "tool_use", name: block.name ?? "describe_session", input: block.input },
  );
  const content = blocks.map((block) =>
    typeof block === "string"
      ? { text: block }
      : { toolUse: { toolUseId: "t", name: block.name ?? "describe_session", input: block.input } },
  );
  const output = { message: { role: "assistant", content } } as never;
  const converse = { $metadata: {}, usage: undefined, metrics: undefined, stopReason: "tool_use", output } as const;
  return [
    readMessages({ content: messages, stop_reason: "tool_use" }, structured, FORM).outcome,
    readConverse(converse, structured, FORM).outcome,
  ];
}

describe("an answer in disorder", () => {
  const CASES: Readonly<Record<string, Parameters<typeof outcomes>>> = {
    "one call": [[{ input: SUMMARY }], "tool"],
    "an empty call before": [[{ input: {} }, { input: SUMMARY }], "tool"],
    "half a call before": [[{ input: { summary: "s" } }, { input: SUMMARY }], "tool"],
    "a wrong call before": [[{ input: { ...SUMMARY, sentiment: "meh" } }, { input: SUMMARY }], "tool"],
    "an empty call behind": [[{ input: SUMMARY }, { input: {} }], "tool"],
    "a call of another tool before": [[{ name: "search", input: { q: 1 } }, { input: SUMMARY }], "tool"],
    "text before the call": [["I note {this}.", { input: SUMMARY }], "tool"],
    "JSON text instead of the call": [[`Here it is:\n${JSON_TEXT}`], "tool"],
    "JSON text beside an empty call": [[JSON_TEXT, { input: {} }], "tool"],
    "JSON text around a call": [['{"note":1}', { input: {} }, JSON_TEXT], "tool"],
    "a call instead of JSON text": [[{ input: SUMMARY }], "text"],
    "another object before": [[`{"note":1} ${JSON_TEXT}`], "text"],
  };
  for (const [what, given] of Object.entries(CASES)) {
    it(`is read with ${what}, in both APIs`, () => {
      for (const outcome of outcomes(...given)) assert.deepEqual(outcome, { kind: "complete", content: SUMMARY });
    });
  }

  it("takes a call before text, because a text may quote the chat", () => {
    const quoted = JSON.stringify({ ...SUMMARY, summary: "what a chat says" });
    for (const outcome of outcomes([quoted, { input: SUMMARY }], "tool")) {
      assert.deepEqual(outcome, { kind: "complete", content: SUMMARY });
    }
  });

  it("without anything is one to ask for again", () => {
    for (const outcome of outcomes(["no"], "tool")) assert.deepEqual(outcome.kind, "unusable");
    for (const outcome of outcomes([], "text")) assert.deepEqual(outcome.kind, "unusable");
  });
});

describe("an answer with a guardrail", () => {
  const stopped = {
    content: [{ type: "text", text: "Sorry, I cannot answer this question." }],
    stop_reason: "end_turn",
    "amazon-bedrock-guardrailAction": "INTERVENED",
  };

  it("that stopped it is refused as such, in both forms", () => {
    for (const structured of ["tool", "text"] as const) {
      assert.deepEqual(readMessages(stopped, structured, FORM).outcome, {
        kind: "refused",
        reason: "a guardrail stopped the answer",
      });
    }
  });

  it("that did nothing, or only masked words, is read", () => {
    for (const action of ["NONE", "INTERVENED"]) {
      const body = {
        ...stopped,
        content: [{ type: "text", text: JSON_TEXT }],
        "amazon-bedrock-guardrailAction": action,
      };
      assert.deepEqual(readMessages(body, "text", FORM).outcome, { kind: "complete", content: SUMMARY });
    }
  });
});
