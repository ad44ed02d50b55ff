import assert from "node:assert/strict";
import { UsageError } from "../../../../src/beam/error";
import { stageError } from "../../../../src/beam/failure/stage-error";

const words = (error: unknown): string => stageError("Parse", error, "shown").message;

describe("the error of a stage", () => {
  it("tells what its author's error says, where it was thrown, and what caused it", () => {
    const error = new TypeError("no reading in\n  line 7.", {
      cause: new Error("empty", { cause: new Error("gone") }),
    });
    const place = "\\(at .*error\\.test\\.ts:\\d+:\\d+\\)?\\)";
    assert.match(
      words(error),
      new RegExp(
        `^The stage "Parse" failed with TypeError: no reading in line 7 ${place}, caused by Error: empty, caused by Error: gone\\.$`,
      ),
    );
  });

  it("points at the author's line, not at one of Node.js that it called", () => {
    let error: unknown;
    try {
      JSON.parse("{");
    } catch (thrown) {
      error = thrown;
    }
    assert.match(words(error), /^The stage "Parse" failed with SyntaxError: .* \(at .*error\.test\.ts:\d+:\d+\)?\)\.$/);
  });

  it("bounds what an error may say", () => {
    assert.ok(words(new Error("x".repeat(1_000_000))).length < 3_000);
  });

  it("takes anything that can be thrown", () => {
    assert.equal(words("a text"), 'The stage "Parse" failed with a thrown string: a text.');
    assert.equal(words(undefined), 'The stage "Parse" failed with a thrown undefined: undefined.');
    assert.equal(stageError("Write", "secret", "hidden").message, 'The stage "Write" failed with a thrown string.');
  });
});

describe("the error of a stage whose author's text is hidden", () => {
  it("never quotes a message, not even one that looks like a stack", () => {
    const error = new Error("secret\n    at secret (secret.ts:1:1)", { cause: new Error("secret") });
    const { message, cause } = stageError("Parse", error, "hidden");
    assert.match(message, /^The stage "Parse" failed with Error at .*error\.test\.ts:\d+:\d+\)?\.$/);
    assert.doesNotMatch(message, /secret/);
    assert.equal(cause, error);
  });

  it("tells the code of a system error", () => {
    const error = Object.assign(new Error("connect"), { code: "ECONNREFUSED", stack: undefined });
    assert.equal(stageError("Write", error, "hidden").message, 'The stage "Write" failed with Error ECONNREFUSED.');
  });

  it("tells what the layer itself says of a mistake", () => {
    const message = stageError("Write", new UsageError('It has no output "dead".'), "hidden").message;
    assert.match(message, /^The stage "Write" failed: It has no output "dead" \(at .*error\.test\.ts:\d+:\d+\)?\)\.$/);
  });

  it("does not tell where in an element a mistake is, as names of properties may be data", () => {
    const error = new UsageError("NaN is no JSON.", "at element.alice");
    assert.match(
      stageError("Write", error, "shown").message,
      /failed: NaN is no JSON \(it is at element\.alice\) \(at /,
    );
    assert.doesNotMatch(stageError("Write", error, "hidden").message, /alice/);
  });
});
