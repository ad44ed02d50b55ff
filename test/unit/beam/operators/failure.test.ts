import assert from "node:assert/strict";
import { stageError } from "../../../../src/beam/operators/failure";

describe("the error of a stage", () => {
  it("never quotes a message, not even one that looks like a stack", () => {
    const error = new Error("secret\n    at secret (secret.ts:1:1)");
    const { message, cause } = stageError("Parse", error);
    assert.match(message, /^The stage "Parse" failed with Error at .*failure\.test\.ts:\d+:\d+\)?\.$/);
    assert.doesNotMatch(message, /secret/);
    assert.equal(cause, error);
  });

  it("tells the code of a system error", () => {
    const error = Object.assign(new Error("connect"), { code: "ECONNREFUSED", stack: undefined });
    assert.equal(stageError("Write", error).message, 'The stage "Write" failed with Error ECONNREFUSED.');
  });

  it("takes anything that can be thrown", () => {
    assert.equal(stageError("Write", "secret").message, 'The stage "Write" failed with a thrown string.');
  });
});
