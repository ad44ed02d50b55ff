import assert from "node:assert/strict";
import type { LineageRestriction } from "../../../../src/io/kinesis/restriction";
import { type LineageClaim, LineageTracker } from "../../../../src/io/kinesis/tracker";

const start: LineageRestriction = {
  cursors: [
    { shardId: "a", position: { kind: "timestamp", atMs: 5 }, watermarkMs: 10 },
    { shardId: "b", position: { kind: "horizon" }, watermarkMs: 20 },
  ],
  untilMs: 99,
};
const record = (shardId: string, sequenceNumber: string, watermarkMs: number): LineageClaim => ({
  kind: "record",
  shardId,
  position: { kind: "after", sequenceNumber },
  watermarkMs,
});

describe("tracker of a lineage", () => {
  it("gives away what is not claimed, and then refuses every claim", () => {
    const tracker = new LineageTracker(start);
    assert.ok(tracker.tryClaim(record("a", "7", 30)));
    const split = tracker.trySplit(0);
    assert.deepEqual(split, {
      primary: { cursors: [], untilMs: 99 },
      residual: {
        cursors: [
          { shardId: "a", position: { kind: "after", sequenceNumber: "7" }, watermarkMs: 30 },
          { shardId: "b", position: { kind: "horizon" }, watermarkMs: 20 },
        ],
        untilMs: 99,
      },
    });
    assert.equal(tracker.tryClaim(record("a", "8", 40)), false);
    assert.equal(tracker.tryClaim({ kind: "until", shardId: "b" }), false);
    assert.equal(split?.residual.cursors[0]?.watermarkMs, 30);
    assert.equal(tracker.trySplit(0), undefined);
    tracker.checkDone();
  });

  it("puts a closed shard's children in its place, in one claim", () => {
    const tracker = new LineageTracker(start);
    tracker.tryClaim({ kind: "closed", shardId: "a", children: ["c", "d"] });
    assert.deepEqual(tracker.currentRestriction().cursors, [
      { shardId: "b", position: { kind: "horizon" }, watermarkMs: 20 },
      { shardId: "c", position: { kind: "timestamp", atMs: 5 }, watermarkMs: 10 },
      { shardId: "d", position: { kind: "timestamp", atMs: 5 }, watermarkMs: 10 },
    ]);
  });

  it("an idle shard moves its watermark and nothing else", () => {
    const tracker = new LineageTracker(start);
    tracker.tryClaim({ kind: "idle", shardId: "a", watermarkMs: 15 });
    assert.deepEqual(tracker.currentRestriction().cursors[0], { ...start.cursors[0], watermarkMs: 15 });
  });

  it("is done only when every shard is", () => {
    const tracker = new LineageTracker(start);
    assert.throws(() => tracker.checkDone(), /a, b were not read/);
    tracker.tryClaim({ kind: "until", shardId: "a" });
    assert.throws(() => tracker.checkDone(), /b were not read/);
    tracker.tryClaim({ kind: "closed", shardId: "b", children: [] });
    tracker.checkDone();
    assert.equal(tracker.trySplit(0), undefined);
  });

  it("knows a claim for a foreign shard as the error that it is", () => {
    assert.throws(() => new LineageTracker(start).tryClaim(record("z", "1", 0)), /z is not being read/);
  });
});
