import assert from "node:assert/strict";
import { readable } from "../../src/log";

describe("a log line on a terminal", () => {
  it("has time, level, room, message and facts, on one line", () => {
    const line = JSON.stringify({
      level: 40,
      time: "2026-01-31T12:34:56.789Z",
      name: "kinesis",
      shardId: "shardId-0",
      attempt: 4,
      msg: "still trying",
    });
    assert.equal(readable(line), "12:34:56 WARN kinesis: still trying shardId=shardId-0 attempt=4\n");
  });
});
