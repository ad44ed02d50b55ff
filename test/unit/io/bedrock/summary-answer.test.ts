import assert from "node:assert/strict";
import { readConverse, readMessages } from "../../../../src/io/bedrock/summary-answer";

describe("an answer that ended early", () => {
  it("for lack of context is one to an input that is too long, in both APIs", () => {
    const stopReason = "model_context_window_exceeded";
    const metadata = { $metadata: {}, usage: undefined, metrics: undefined, output: undefined };
    assert.equal(readConverse({ ...metadata, stopReason }, "tool").outcome.kind, "tooLong");
    assert.equal(readMessages({ content: [], stop_reason: stopReason }, "text").outcome.kind, "tooLong");
  });
});
