import assert from "node:assert/strict";
import { sentenceOf } from "../../../runners/msf/down-reason";
import { decide } from "../../../src/io/kinesis/retry";

describe("the sentence about a failed job", () => {
  const after = (name: string): string => {
    const error = Object.assign(new Error("as AWS says"), { name, $metadata: { httpStatusCode: 400 } });
    const decision = decide(error, { operation: "GetShardIterator", streamName: "chat" });
    assert(decision.kind === "fatal");
    return sentenceOf({ code: decision.error.code, sentence: decision.error.message });
  };

  it("names the start without a snapshot where its positions mean nothing to the stream", () => {
    for (const name of ["ResourceNotFoundException", "InvalidArgumentException"]) {
      assert.match(after(name), /npm run msf -- stop --force, and then npm run msf -- deploy --without-snapshot/, name);
    }
  });

  it("does not where something else is wrong", () => {
    for (const name of ["AccessDeniedException", "ExpiredTokenException"]) {
      assert.doesNotMatch(after(name), /without-snapshot/, name);
    }
  });
});
