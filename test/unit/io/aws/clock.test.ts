import assert from "node:assert/strict";
import { call } from "../../../../runners/msf/aws";
import { clockAdvice, clockJudge, clockOffsetMs } from "../../../../src/io/aws/clock";
import { failureOf } from "../../../../src/io/aws/failure";
import { decideAsked } from "../../../../src/io/bedrock/ask";
import { decide as decideBedrock } from "../../../../src/io/bedrock/retry";
import { decideAtStart } from "../../../../src/io/kinesis/check";
import { decide as decideKinesis } from "../../../../src/io/kinesis/retry";
import { isFatal } from "../../../support/chat/fatal";

const MINUTES_MS = 60_000;
const EXPIRED = "Signature expired: 20261128T140000Z is now earlier than 20261128T141000Z (20261128T141500Z - 5 min.)";
const SENTENCE =
  /^This machine's clock is \d+ s behind \w+'s, so \w+ refuses .*\(InvalidSignatureException\): set it by NTP\.$/;

/** AWS's refusal of a machine whose clock is ten minutes behind. */
function refusal(): Error {
  return Object.assign(new Error(EXPIRED), {
    name: "InvalidSignatureException",
    $metadata: { httpStatusCode: 400 },
    $response: { statusCode: 400, headers: { date: new Date(Date.now() + 10 * MINUTES_MS).toUTCString() } },
  });
}

describe("a clock that AWS refuses", () => {
  it("is waited out by a running job: the SDK signs by the service's time then", () => {
    const kinesis = decideKinesis(refusal(), { operation: "GetRecords", streamName: "chat" });
    assert.deepEqual({ ...kinesis }, { kind: "retry", cause: "clock", retryAfterMs: undefined });
    assert.deepEqual(decideBedrock(failureOf(refusal()), "m"), { kind: "retry", cause: "clock" });
  });

  it("ends a start after some attempts, with a sentence that says how far it is off", () => {
    const target = { connection: { region: "eu-west-1" }, streamName: "chat" };
    const first = decideAtStart(refusal(), "ListShards", target, 1);
    const last = decideAtStart(refusal(), "ListShards", target, 3);
    assert.equal(first.kind, "again");
    assert(last.kind === "fatal" && isFatal("NO_CREDENTIALS", SENTENCE)(last.error));
    const asked = (failures: number) =>
      decideAsked(
        { failure: failureOf(refusal()), cause: undefined },
        { failures, failingForMs: 0 },
        { model: "m", where: "here", region: "eu-west-1", maxThrottledMs: 0 },
      );
    assert.equal(asked(1).kind, "again");
    const end = asked(5);
    assert(end.kind === "fatal" && isFatal("NO_CREDENTIALS", SENTENCE)(end.error));
  });

  it("is named while something is deployed", () =>
    assert.rejects(
      call("deploying", () => Promise.reject(refusal())),
      isFatal("NO_CREDENTIALS", /clock is off, so AWS refuses .*set it by NTP/),
    ));

  it("is told of without a distance where the answer has no Date", () =>
    assert.match(clockAdvice("Kinesis", "RequestExpired", undefined), /clock is off, so Kinesis .*\(RequestExpired\)/));
});

describe("the offset of a clock", () => {
  it("is the least that fits a header of whole seconds", () => {
    const date = new Date(1_700_000_000_000).toUTCString();
    for (const [sentMs, answeredMs, expected] of [
      [1_700_000_000_000, 1_700_000_000_100, 0],
      [1_700_000_000_999, 1_700_000_001_200, 0],
      [1_700_000_005_000, 1_700_000_005_100, 4_000],
      [1_699_999_990_000, 1_699_999_990_500, -9_500],
      [1_699_999_990_000, 1_700_000_090_000, 0],
    ] as const) {
      assert.equal(clockOffsetMs(date, sentMs, answeredMs), expected);
    }
    assert.equal(clockOffsetMs(undefined, 0, 0), undefined);
    assert.equal(clockOffsetMs("soon", 0, 0), undefined);
  });

  it("is told once while it is too large, and again after it was right", () => {
    const judge = clockJudge("Kinesis", 10_000);
    const told = [0, 9_000, 11_000, 60_000, 9_000, 11_000, 4_000, -11_000, -60_000].map((aheadMs) => judge(aheadMs));
    assert.deepEqual(
      told.map((words) => words !== undefined),
      [false, false, true, false, false, false, false, true, false],
    );
    assert.match(told[2] ?? "", /11 s ahead of Kinesis's, more than --allowed-disorder/);
    assert.match(told[7] ?? "", /11 s behind/);
  });

  it("is told once where headers of whole seconds make a steady offset flicker, however little disorder is allowed", () => {
    for (const [skewMs, times] of [
      [300, 0],
      [1_900, 0],
      [2_500, 1],
      [5_000, 1],
    ] as const) {
      const judge = clockJudge("Kinesis", 0);
      const told = Array.from({ length: 100 }, (_, at) => judge(Math.max(0, skewMs - ((at * 100) % 1_000))));
      assert.equal(told.filter((words) => words !== undefined).length, times, `${skewMs} ms`);
    }
  });
});
