import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_TIMESTAMP_MS, MIN_TIMESTAMP_MS } from "../../../../src/beam/values";
import { afterRecordMs, isTooLate } from "../../../../src/io/event-time";
import { lineageWatermarkMs, whenIdleMs } from "../../../../src/io/kinesis/watermark";

const SEED = 20_261;
const allowances = { allowedDisorderMs: 1_000 };
const timeMs = fc.integer({ min: 0, max: 1_000_000 });

describe("watermark", () => {
  it("follows the newest event time, less the disorder", () => {
    assert.equal(afterRecordMs(MIN_TIMESTAMP_MS, 10_000, 10_000, allowances), 9_000);
    assert.equal(afterRecordMs(9_000, 12_000, 12_000, allowances), 11_000);
  });

  it("lets no message from the future, a wrong clock's, make other messages too late", () => {
    const watermarkMs = afterRecordMs(0, 3_000_000, 10_000, allowances);
    assert.equal(watermarkMs, 9_000);
    assert.equal(isTooLate(10_001, 300, watermarkMs), false);
  });

  it(`never goes back, and never passes a record within the disorder (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(timeMs, fc.nat({ max: allowances.allowedDisorderMs }))), (steps) => {
        let watermarkMs = MIN_TIMESTAMP_MS;
        let newestMs = 0;
        for (const [advanceMs, behindMs] of steps) {
          newestMs = Math.max(newestMs, advanceMs);
          const eventMs = newestMs - behindMs;
          assert.ok(eventMs >= watermarkMs);
          const next = afterRecordMs(watermarkMs, eventMs, eventMs, allowances);
          assert.ok(next >= watermarkMs);
          watermarkMs = next;
        }
      }),
      { seed: SEED },
    );
  });

  it("moves by the clock when idle, but not back", () => {
    assert.equal(whenIdleMs(MIN_TIMESTAMP_MS, 50_000, allowances), 49_000);
    assert.equal(whenIdleMs(60_000, 50_000, allowances), 60_000);
  });

  it("of a lineage is that of its oldest shard", () => {
    assert.equal(lineageWatermarkMs([{ watermarkMs: 5 }, { watermarkMs: 3 }, { watermarkMs: 9 }]), 3);
    assert.equal(lineageWatermarkMs([]), MAX_TIMESTAMP_MS);
  });

  it("makes a record too late from the very millisecond at which its session window has passed", () => {
    assert.equal(isTooLate(1_000, 300, 1_299), false);
    assert.equal(isTooLate(1_000, 300, 1_300), true);
  });
});
