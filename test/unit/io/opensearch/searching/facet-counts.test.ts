import assert from "node:assert/strict";
import {
  histogramOf,
  MAX_BUCKETS,
  MAX_VALUES,
  mostFrequent,
} from "../../../../../src/io/opensearch/searching/facet-counts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOON_MS = Date.UTC(2026, 2, 1, 12);

describe("counts of values that are at hand", () => {
  it("are of sessions, the most frequent first, no more than are shown", () => {
    assert.deepEqual(mostFrequent([["b", "b"], ["a"], [], ["c", "a"]]), [
      { value: "a", count: 2 },
      { value: "b", count: 1 },
      { value: "c", count: 1 },
    ]);
    assert.equal(mostFrequent([[...Array(100).keys()].map(String)]).length, MAX_VALUES);
    assert.deepEqual(mostFrequent([["__proto__"], ["constructor"]]).length, 2);
  });

  it("over time have each session once, in few intervals of one length without gaps", () => {
    assert.deepEqual(histogramOf([]), []);
    assert.deepEqual(histogramOf([NOON_MS + 1]), [{ startMs: NOON_MS, count: 1 }]);
    assert.deepEqual(
      histogramOf([NOON_MS + 3 * MINUTE_MS, NOON_MS, NOON_MS + 1]).map(({ count }) => count),
      [2, 0, 0, 1],
    );
    for (const days of [0.01, 0.5, 3, 40, 100, 1_000, 20_000, 300_000]) {
      const timesMs = Array.from({ length: 101 }, (_, place) => NOON_MS + (place * days * DAY_MS) / 100);
      const bars = histogramOf(timesMs);
      assert.ok(bars.length > 4 && bars.length <= MAX_BUCKETS, `${days} days: ${bars.length}`);
      const widthMs = bars[1]!.startMs - bars[0]!.startMs;
      for (const { startMs, count } of bars) {
        assert.equal(count, timesMs.filter((ms) => ms >= startMs && ms < startMs + widthMs).length, `${days} days`);
      }
      assert.equal(
        bars.reduce((sum, { count }) => sum + count, 0),
        timesMs.length,
      );
    }
    const [first] = histogramOf([Date.UTC(1969, 6, 20), NOON_MS]);
    assert.ok(first!.startMs <= Date.UTC(1969, 6, 20) && first!.count === 1);
  });
});
