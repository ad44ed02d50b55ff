import assert from "node:assert/strict";
import fc from "fast-check";
import { hull, overlapping, position } from "../../../../src/beam/direct/merging-windows";
import type { IntervalWindow } from "../../../../src/beam/values";

const window = (startMs: number, endMs: number): IntervalWindow => ({ startMs, endMs });
const entries = (...windows: IntervalWindow[]) => windows.map((own) => ({ window: own }));

describe("merging windows", () => {
  it("that only touch do not overlap", () => {
    const sorted = entries(window(0, 10), window(20, 30));
    assert.deepEqual(overlapping(sorted, window(10, 20)), { from: 1, to: 1 });
  });

  it("that share one millisecond do", () => {
    const sorted = entries(window(0, 10), window(20, 30));
    assert.deepEqual(overlapping(sorted, window(9, 20)), { from: 0, to: 1 });
    assert.deepEqual(overlapping(sorted, window(10, 21)), { from: 1, to: 2 });
  });

  it("finds both sides of a bridge", () => {
    const sorted = entries(window(0, 10), window(15, 25), window(40, 50));
    assert.deepEqual(overlapping(sorted, window(9, 19)), { from: 0, to: 2 });
  });

  it("merges as a naive search over all pairs does", () => {
    const interval = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 12 }));
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 60 }), (intervals) => {
        const sorted: { window: IntervalWindow }[] = [];
        let naive: IntervalWindow[] = [];
        for (const [startMs, lengthMs] of intervals) {
          const added = window(startMs, startMs + lengthMs);
          const { from, to } = overlapping(sorted, added);
          const merged = sorted.slice(from, to).reduce((sum, other) => hull(sum, other.window), added);
          sorted.splice(from, to - from, { window: merged });

          const touched = naive.filter((other) => other.startMs < added.endMs && added.startMs < other.endMs);
          const bounds = [...touched, added];
          naive = naive.filter((other) => !touched.includes(other));
          const startsMs = bounds.map((other) => other.startMs);
          const endsMs = bounds.map((other) => other.endMs);
          naive.push(window(Math.min(...startsMs), Math.max(...endsMs)));
          naive.sort((a, b) => a.startMs - b.startMs);
          assert.deepEqual(
            sorted.map((entry) => entry.window),
            naive,
          );
        }
      }),
      { seed: 14 },
    );
  });

  it("finds the place of overlapping windows of one size, as sliding ones are", () => {
    const sorted = entries(window(0, 10), window(5, 15), window(10, 20));
    assert.equal(position(sorted, window(5, 15)), 1);
    assert.equal(position(sorted, window(7, 17)), 2);
    assert.equal(position(sorted, window(20, 30)), 3);
    assert.equal(position(sorted, window(-5, 5)), 0);
  });
});
