import assert from "node:assert/strict";
import { decideAtStart, decideStatus } from "../../../../src/io/kinesis/check";

const TARGET = { connection: { region: "eu-west-1" }, streamName: "chat" };

/** The decision's kind, or a fatal error's code. */
function told(decision: { readonly kind: string; readonly error?: unknown }): string {
  return decision.kind === "fatal" ? (decision.error as { readonly code: string }).code : decision.kind;
}

describe("the check of a stream at the start", () => {
  for (const [name, failures, expected] of [
    ["ServiceUnavailable", 1, "again"],
    ["ServiceUnavailable", 2, "again"],
    ["ServiceUnavailable", 3, "SERVICE_UNREACHABLE"],
    ["TimeoutError", 3, "SERVICE_UNREACHABLE"],
    ["LimitExceededException", 5, "again"],
    ["LimitExceededException", 6, "SERVICE_UNREACHABLE"],
    ["ExpiredIteratorException", 1, "again"],
    ["ResourceNotFoundException", 1, "STREAM_NOT_FOUND"],
    ["AccessDeniedException", 1, "ACCESS_DENIED"],
    ["UnrecognizedClientException", 1, "NO_CREDENTIALS"],
    ["CredentialsProviderError", 1, "NO_CREDENTIALS"],
    ["TokenProviderError", 1, "NO_CREDENTIALS"],
  ] as const) {
    it(`${name}, failure ${failures}: ${expected}`, () => {
      const error = Object.assign(new Error(name), { name });
      assert.equal(told(decideAtStart(error, "ListShards", TARGET, failures)), expected);
    });
  }

  it("says of throttling that it is temporary, and who shares the calls", () => {
    const error = Object.assign(new Error("x"), { name: "ProvisionedThroughputExceededException" });
    const last = decideAtStart(error, "GetRecords", TARGET, 6);
    assert(last.kind === "fatal");
    assert.match(String(last.error), /Kinesis throttles GetRecords .* temporary: try again in a minute/);
  });

  for (const [status, expected] of [
    ["ACTIVE", "done"],
    ["UPDATING", "done"],
    ["CREATING", "again"],
    ["DELETING", "STREAM_NOT_FOUND"],
    [undefined, "STREAM_NOT_FOUND"],
  ] as const) {
    it(`a stream that is ${status ?? "in no state"}: ${expected}`, () =>
      assert.equal(told(decideStatus(status, "chat")), expected));
  }
});
