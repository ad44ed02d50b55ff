import assert from "node:assert/strict";
import { keepTrying } from "../../../../src/io/kinesis/keep-trying";
import { isFatal } from "../../../support/chat/fatal";

const CALL = { operation: "ListShards", streamName: "chat" } as const;

function failing(times: number): () => Promise<string> {
  let left = times;
  return async () => {
    if (left-- > 0) throw Object.assign(new Error("away"), { name: "ServiceUnavailable" });
    return "answer";
  };
}

describe("keepTrying", () => {
  it("tries until there is an answer", async () => {
    assert.equal(await keepTrying(CALL, failing(2)), "answer");
    assert.equal(await keepTrying(CALL, failing(2), 60_000), "answer");
  });

  it("gives up what has failed for as long as it may", async () => {
    await assert.rejects(keepTrying(CALL, failing(1_000), 300), isFatal("PIPELINE", /no ListShards .*"chat"/));
  });
});
