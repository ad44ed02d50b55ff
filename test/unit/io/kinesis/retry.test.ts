import assert from "node:assert/strict";
import fc from "fast-check";
import { backOffMs } from "../../../../src/beam/retry";
import { decide, KINESIS_BACK_OFF, type KinesisCall } from "../../../../src/io/kinesis/retry";

const SEED = 20_265;
const call: KinesisCall = { operation: "GetRecords", streamName: "chat" };

function serviceError(name: string, status?: number, message = name): Error {
  return Object.assign(
    new Error(message),
    { name },
    status === undefined ? {} : { $metadata: { httpStatusCode: status } },
  );
}

const kindOf = (error: unknown, own: Partial<KinesisCall> = {}): string => {
  const decision = decide(error, { ...call, ...own });
  return decision.kind === "fatal" ? decision.error.code : decision.kind;
};

describe("retry decision for Kinesis", () => {
  for (const [name, status, expected] of [
    ["ExpiredIteratorException", 400, "renewIterator"],
    ["ProvisionedThroughputExceededException", 400, "retry"],
    ["LimitExceededException", 400, "retry"],
    ["KMSThrottlingException", 400, "retry"],
    ["InternalFailure", 500, "retry"],
    ["ServiceUnavailable", 503, "retry"],
    ["TooMany", 429, "retry"],
    ["TimeoutError", undefined, "retry"],
    ["CredentialsProviderError", undefined, "retry"],
    ["ResourceInUseException", 400, "retry"],
    ["ResourceNotFoundException", 400, "STREAM_NOT_FOUND"],
    ["AccessDeniedException", 400, "ACCESS_DENIED"],
    ["UnrecognizedClientException", 400, "NO_CREDENTIALS"],
    ["ExpiredTokenException", 400, "NO_CREDENTIALS"],
    ["KMSDisabledException", 400, "ACCESS_DENIED"],
    ["ValidationException", 400, "PIPELINE"],
  ] as const) {
    it(`${name} ${status ?? "without an answer"}: ${expected}`, () =>
      assert.equal(kindOf(serviceError(name, status)), expected));
  }

  it("waits for a start time that the service's clock has not reached", () => {
    const message = "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis.";
    const error = serviceError("InvalidArgumentException", 400, message);
    assert.equal(kindOf(error, { operation: "GetShardIterator" }), "retry");
    assert.equal(kindOf(error, { operation: "GetRecords" }), "PIPELINE");
    const filter = serviceError("InvalidArgumentException", 400, "The shard filter's Timestamp is in the future.");
    assert.equal(kindOf(filter, { operation: "ListShards" }), "retry");
    assert.equal(kindOf(serviceError("InvalidArgumentException", 400), { operation: "ListShards" }), "PIPELINE");
  });

  it("temporary trouble has a cause of a closed list", () => {
    const causeOf = (error: unknown) => {
      const decision = decide(error, call);
      return decision.kind === "retry" ? decision.cause : undefined;
    };
    const rows: readonly (readonly [name: string, status: number, cause: string])[] = [
      ["ProvisionedThroughputExceededException", 400, "throttled"],
      ["LimitExceededException", 400, "throttled"],
      ["InternalFailure", 500, "unavailable"],
      ["RequestTimeoutException", 408, "timeout"],
      ["RequestExpired", 400, "clock"],
      ["ResourceInUseException", 400, "conflict"],
    ];
    for (const [name, status, cause] of rows) assert.equal(causeOf(serviceError(name, status)), cause, name);
    assert.equal(causeOf(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })), "network");
    assert.equal(causeOf(Object.assign(new Error(), { name: "CredentialsProviderError" })), "credentials");
    assert.equal(causeOf("the words of a service"), "_OTHER");
  });

  it("anything that is no error object is tried again", () => assert.equal(kindOf("gone"), "retry"));

  it(`delays grow up to ten seconds and stay there (seed ${SEED})`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const delayMs = backOffMs(KINESIS_BACK_OFF, attempt, () => random);
          assert.ok(delayMs >= 100 && delayMs <= 10_000);
          assert.ok(backOffMs(KINESIS_BACK_OFF, attempt + 1, () => random) >= delayMs);
        },
      ),
      { seed: SEED },
    );
  });
});
