import assert from "node:assert/strict";
import fc from "fast-check";
import { Pace } from "../../../../src/io/kinesis/pace";
import { SHARD_LIMITS } from "../../../../src/io/kinesis/settings";
import { ShardPace } from "../../../../src/io/kinesis/shard-pace";

const SEED = 20_264;

describe("pace", () => {
  it(`never takes more than burst + rate × time, over any stretch (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { minLength: 1, maxLength: 60 }), (pausesMs) => {
        const pace = new Pace(5, 1, 0);
        const takenMs: number[] = [];
        let nowMs = 0;
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs;
          if (pace.waitMs(1, nowMs) > 0) continue;
          pace.take(1, nowMs);
          takenMs.push(nowMs);
        }
        takenMs.forEach((fromMs, from) =>
          takenMs.forEach((toMs, to) => {
            if (to >= from) assert.ok(to - from + 1 <= 1 + (5 * (toMs - fromMs)) / 1000 + 1e-6);
          }),
        );
      }),
      { seed: SEED },
    );
  });

  it("is free exactly when it says so", () => {
    const pace = new Pace(5, 1, 0);
    pace.take(1, 0);
    assert.equal(pace.waitMs(1, 0), 200);
    assert.equal(pace.waitMs(1, 150), 50);
    assert.equal(pace.waitMs(1, 200), 0);
  });

  it("does not run backwards with the clock", () => {
    const pace = new Pace(5, 1, 1_000);
    pace.take(1, 1_000);
    assert.equal(pace.waitMs(1, 500), 200);
    assert.equal(pace.waitMs(1, 1_200), 0);
  });

  it("of a shard waits for 10 MB as long as the service makes others wait", () => {
    const pace = new ShardPace(SHARD_LIMITS, 0);
    pace.tookCall(0);
    pace.tookBytes(10 * 1024 * 1024, 0);
    assert.equal(pace.waitForRecordsMs(0), 4_000);
    assert.equal(pace.waitForRecordsMs(4_000), 0);
  });
});
