import assert from "node:assert/strict";
import { decideEntry, decideFailure } from "../../../../src/io/eventbridge/retry";
import { requestsOf } from "../../../../src/io/eventbridge/requests";
import { refusalOf } from "../../../../src/io/eventbridge/check";

const named = (name: string, statusCode: number): Error =>
  Object.assign(new Error("m"), { name, $metadata: { httpStatusCode: statusCode } });

describe("requests of EventBridge", () => {
  const sizes = (details: readonly string[]): readonly number[] =>
    [...requestsOf(details.map((Detail) => ({ Detail })))].map(({ length }) => length);

  it("have ten entries at most", () => assert.deepEqual(sizes(Array.from({ length: 23 }, () => "{}")), [10, 10, 3]));

  it("have 240,000 bytes at most, in UTF-8", () => {
    assert.deepEqual(sizes(["é".repeat(60_000), "é".repeat(59_900), "x".repeat(300)]), [2, 1]);
    assert.deepEqual(sizes(["x".repeat(300_000), "x"]), [1, 1]);
  });
});

describe("answers of EventBridge", () => {
  it("take an entry that has an id", () => assert.deepEqual(decideEntry({ EventId: "e" }), { kind: "taken" }));

  for (const [code, kind] of [
    ["ThrottlingException", "again"],
    ["InternalFailure", "again"],
    ["MalformedDetail", "refused"],
  ] as const) {
    it(`${code}: ${kind}`, () => assert.deepEqual(decideEntry({ ErrorCode: code }), { kind, why: code }));
  }

  it("without the entry are tried again", () => assert.equal(decideEntry(undefined).kind, "again"));

  for (const [name, status, kind] of [
    ["ThrottlingException", 400, "again"],
    ["AccessDeniedException", 400, "again"],
    ["ResourceNotFoundException", 400, "again"],
    ["InternalException", 500, "again"],
    ["ValidationException", 400, "refused"],
  ] as const) {
    it(`a request with ${name}: ${kind}`, () => assert.equal(decideFailure(named(name, status)).kind, kind));
  }
});

describe("the check of a bus", () => {
  const place = { connection: { region: "eu-west-1" }, bus: "b" };
  for (const [name, status, failures, code] of [
    ["ResourceNotFoundException", 400, 1, "BAD_OPTION"],
    ["ValidationException", 400, 1, "BAD_OPTION"],
    ["AccessDeniedException", 400, 1, "ACCESS_DENIED"],
    ["UnrecognizedClientException", 403, 1, "NO_CREDENTIALS"],
    ["InternalException", 500, 3, "SERVICE_UNREACHABLE"],
    ["InternalException", 500, 1, undefined],
  ] as const) {
    it(`${name}, failure ${failures}: ${code ?? "once more"}`, () => {
      assert.equal(refusalOf(named(name, status), place, failures)?.code, code);
    });
  }
});
