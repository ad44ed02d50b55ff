import assert from "node:assert/strict";
import { JobError } from "../../../../src/chat/errors";
import { examine, skipped } from "../../../../src/cli/doctor/finding";
import { judgeClock } from "../../../../src/cli/doctor/clock";
import { examineQuotasBy } from "../../../../src/cli/doctor/quotas";
import { findingLines } from "../../../../src/cli/doctor/report";
import { clockOffsetMs } from "../../../../src/io/aws/clock";

const LOOK = { name: "kinesis:GetRecords", expected: "a record" };

describe("the doctor", () => {
  it("makes a finding of all that comes: an answer, a refusal with its cure, an error that nobody knows", async () => {
    const well = await examine(LOOK, async () => ({ found: "one", facts: { bytes: 5 } }));
    assert.deepEqual([well.verdict, well.found, well.facts], ["ok", "one", { bytes: 5 }]);
    const refused = await examine(LOOK, () => Promise.reject(new JobError("ACCESS_DENIED", "Allow it to the role.")));
    assert.deepEqual(
      [refused.verdict, refused.found, refused.cure],
      ["wrong", "ACCESS_DENIED", "Allow it to the role."],
    );
    const secret = Object.assign(new Error("the text of a chat"), { name: "OddException" });
    const unknown = await examine(LOOK, () => Promise.reject(secret));
    assert.deepEqual([unknown.verdict, unknown.found], ["wrong", "OddException"]);
    assert.doesNotMatch(JSON.stringify(unknown), /chat/);
    assert.equal(skipped(LOOK, "no shard").verdict, "skipped");
  });

  it("says a finding in a line, and its cure in another", () => {
    const seen = { ...LOOK, found: "none", tookMs: 1 };
    assert.equal(
      findingLines({ ...seen, verdict: "ok", facts: { MillisBehindLatest: "number", bytes: 5 } }),
      "ok       kinesis:GetRecords: none\n         expected: a record, MillisBehindLatest number, bytes 5",
    );
    assert.equal(
      findingLines({ ...seen, verdict: "wrong", cure: "Send one." }),
      "WRONG    kinesis:GetRecords: none (expected: a record)\n         → Send one.",
    );
  });

  it("looks up the quotas of models, and skips that where the right is lacking", async () => {
    const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
    const QuotaName = "Global cross-region model inference tokens per minute for Anthropic Claude Haiku 4.5";
    const read = (Value: number) => () => Promise.resolve({ Quotas: [{ QuotaName, Value }], $metadata: {} });
    const enough = await examineQuotasBy(read(4_000_000), [model]);
    assert.deepEqual([enough.verdict, enough.facts], ["ok", { [QuotaName]: 4_000_000 }]);
    const none = await examineQuotasBy(read(0), [model]);
    assert.match(`${none.verdict}: ${none.cure}`, /^wrong: Ask for more .* is 0\.$/);
    const denied = Object.assign(new Error("no"), { name: "AccessDeniedException" });
    const skippedOne = await examineQuotasBy(() => Promise.reject(denied), [model]);
    assert.deepEqual(
      [skippedOne.verdict, skippedOne.found],
      ["skipped", "these credentials could not read them (AccessDeniedException)"],
    );
  });

  it("compares clocks as far as whole seconds tell", () => {
    const date = "Sat, 28 Nov 2026 12:00:00 GMT";
    const serviceMs = Date.parse(date);
    assert.equal(clockOffsetMs(date, serviceMs + 999, serviceMs + 1_500), 0);
    assert.equal(clockOffsetMs(date, serviceMs - 500, serviceMs + 1), 0);
    assert.equal(clockOffsetMs(date, serviceMs + 61_000, serviceMs + 61_200), 60_000);
    assert.equal(clockOffsetMs(date, serviceMs - 61_000, serviceMs - 60_000), -60_000);
    assert.equal(clockOffsetMs("soon", 0, 1), undefined);
    assert.equal(clockOffsetMs(undefined, 0, 1), undefined);
    assert.equal(judgeClock("Kinesis", 60_000, 10_000).cure?.includes("clock"), true);
    assert.match(judgeClock("Kinesis", -60_000, 10_000).found, /60\.0 s behind/);
    assert.equal(judgeClock("Kinesis", 5_000, 10_000).cure, undefined);
    assert.equal(judgeClock("Kinesis", undefined, 10_000).cure, undefined);
  });
});
