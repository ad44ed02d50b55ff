import assert from "node:assert/strict";
import { credentialsAdvice, isAboutCredentials } from "../../../../src/io/aws/credentials";
import { type AwsFailure, failureOf } from "../../../../src/io/aws/failure";
import { type AwsFailureKind, kindOf } from "../../../../src/io/aws/kind";

const of = (name: string, more: Partial<AwsFailure> = {}): AwsFailureKind =>
  kindOf({ name, message: "", timedOut: false, ...more });

describe("the kind of a failure of AWS", () => {
  const NAMED: readonly (readonly [name: string, kind: AwsFailureKind])[] = [
    ["ThrottlingException", "throttled"],
    ["ProvisionedThroughputExceededException", "throttled"],
    ["KMSThrottlingException", "throttled"],
    ["SlowDown", "throttled"],
    ["ServiceUnavailable", "unavailable"],
    ["InternalFailure", "unavailable"],
    ["TimeoutError", "timedOut"],
    ["CredentialsProviderError", "credentialsMissing"],
    ["TokenProviderError", "credentialsMissing"],
    ["ExpiredTokenException", "credentialsExpired"],
    ["UnrecognizedClientException", "credentialsRefused"],
    ["InvalidClientTokenId", "credentialsRefused"],
    ["SignatureDoesNotMatch", "credentialsRefused"],
    ["RequestExpired", "clockOff"],
    ["RequestTimeTooSkewed", "clockOff"],
    ["AccessDeniedException", "denied"],
    ["OptInRequired", "denied"],
    ["ResourceNotFoundException", "notFound"],
    ["ResourceInUseException", "conflict"],
    ["LimitExceededException", "quota"],
    ["ServiceQuotaExceededException", "quota"],
    ["ValidationException", "invalid"],
    ["TypeError", "unknown"],
  ];
  for (const [name, kind] of NAMED) it(`${name}: ${kind}`, () => assert.equal(of(name), kind));

  it("is the clock's, where AWS refuses a signature for its time", () => {
    for (const message of [
      "Signature expired: 20261128T140000Z is now earlier than 20261128T141000Z (20261128T141500Z - 5 min.)",
      "Signature not yet current: 20261128T142000Z is still later than 20261128T141500Z (20261128T141000Z + 5 min.)",
    ]) {
      assert.equal(of("InvalidSignatureException", { message }), "clockOff");
      assert.equal(of("SignatureDoesNotMatch", { message }), "clockOff");
      assert.equal(of("ValidationException", { message }), "invalid", "words of a chat, perhaps");
    }
    const message = "The request signature we calculated does not match the signature you provided.";
    assert.equal(of("InvalidSignatureException", { message }), "credentialsRefused");
  });

  it("is the name's, whatever the status", () => {
    assert.equal(of("ThrottlingException", { statusCode: 400 }), "throttled");
    assert.equal(of("UnrecognizedClientException", { statusCode: 403 }), "credentialsRefused");
    assert.equal(of("AccessDeniedException", { statusCode: 400 }), "denied");
  });

  const NAMELESS: readonly (readonly [facts: Partial<AwsFailure>, kind: AwsFailureKind])[] = [
    [{ statusCode: 429 }, "throttled"],
    [{ statusCode: 408 }, "unavailable"],
    [{ statusCode: 502 }, "unavailable"],
    [{ statusCode: 200 }, "unavailable"],
    [{ statusCode: 401 }, "credentialsRefused"],
    [{ statusCode: 403 }, "denied"],
    [{ statusCode: 404 }, "unknown"],
    [{ statusCode: 413 }, "invalid"],
    [{ networkCode: "ECONNREFUSED" }, "network"],
    [{ networkCode: "ERR_HTTP2_STREAM_CANCEL" }, "network"],
    [{ networkCode: "ERR_INVALID_ARG_TYPE" }, "unknown"],
    [{ timedOut: true }, "timedOut"],
    [{}, "unknown"],
  ];
  for (const [facts, kind] of NAMELESS) {
    it(`without a known name, ${JSON.stringify(facts)}: ${kind}`, () => assert.equal(of("Odd", facts), kind));
  }
});

describe("the facts of a failure of AWS", () => {
  it("are read from whatever was thrown", () => {
    assert.equal(failureOf(undefined).name, "undefined");
    assert.equal(failureOf("text").name, "string");
    assert.equal(failureOf({ code: "EPIPE" }).networkCode, "EPIPE");
    assert.equal(failureOf(new Error("socket hang up")).networkCode, "ECONNRESET");
    assert.equal(failureOf(new Error('no such text: "socket hang up"')).networkCode, undefined);
    const answered = { name: "Odd", message: "socket hang up", $metadata: { httpStatusCode: 400 } };
    assert.equal(failureOf(answered).networkCode, undefined);
    assert.equal(failureOf(Object.assign(new Error(), { $metadata: { httpStatusCode: 500 } })).statusCode, 500);
    assert.equal(failureOf(Object.assign(new Error(), { $response: { statusCode: 502 } })).statusCode, 502);
  });

  it("hold how far this machine's clock is ahead of the answer's Date", () => {
    const at = (offMs: number) => {
      const headers = { date: new Date(Date.now() - offMs).toUTCString() };
      return failureOf(Object.assign(new Error(), { $response: { headers } })).clockAheadMs ?? 0;
    };
    assert.equal(at(0), 0);
    assert.ok(Math.abs(at(600_000) - 600_000) <= 1_000);
    assert.ok(Math.abs(at(-600_000) + 600_000) <= 1_000);
    assert.equal(failureOf(new Error("no answer")).clockAheadMs, undefined);
  });

  it("hold what the service asked for by Retry-After", () => {
    const withHeaders = (headers: object) => failureOf(Object.assign(new Error(), { $response: { headers } }));
    assert.equal(withHeaders({ "retry-after": "2" }).retryAfterMs, 2_000);
    assert.equal(withHeaders({}).retryAfterMs, undefined);
  });
});

describe("advice about credentials", () => {
  it("names the cure and the service's own word", () => {
    assert.match(credentialsAdvice("credentialsMissing", "Kinesis", "CredentialsProviderError"), /AWS_PROFILE/);
    assert.match(credentialsAdvice("credentialsExpired", "Kinesis", "ExpiredToken"), /expired \(ExpiredToken\): renew/);
    assert.match(credentialsAdvice("credentialsRefused", "Kinesis", "SignatureDoesNotMatch"), /\(SignatureD.* clock/);
  });

  it("is for those who are not known, not for those who lack a right", () => {
    assert(isAboutCredentials("credentialsRefused"));
    assert(!isAboutCredentials("denied"));
  });
});
