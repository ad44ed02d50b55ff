import assert from "node:assert/strict";
import fc from "fast-check";
import { MinHeap } from "../../../../src/beam/direct/min-heap";

describe("the heap of timers", () => {
  it("hands out the earliest of what is in it, whatever the order of calls", () => {
    const call = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constant("pop" as const));
    fc.assert(
      fc.property(fc.array(call, { maxLength: 200 }), (calls) => {
        const heap = new MinHeap<number>();
        const model: number[] = [];
        for (const time of calls) {
          if (time === "pop") {
            const expected = model.sort((a, b) => a - b).shift();
            assert.equal(heap.peek()?.timeMs, expected);
            assert.equal(heap.pop()?.timeMs, expected);
          } else {
            heap.push(time, time);
            model.push(time);
          }
          assert.equal(heap.size, model.length);
        }
      }),
      { seed: 11 },
    );
  });

  it("keeps each item with its time", () => {
    const heap = new MinHeap<string>();
    heap.push(3, "c");
    heap.push(1, "a");
    heap.push(2, "b");
    assert.deepEqual([heap.pop()?.item, heap.pop()?.item, heap.pop()?.item, heap.pop()], ["a", "b", "c", undefined]);
  });

  it("keeps stale entries in bounds, and hands out the live ones in order all the same", () => {
    const live = new Set<number>();
    const heap = new MinHeap<number>(({ item }) => !live.has(item));
    let largest = 0;
    for (let item = 0; item < 100_000; item++) {
      live.add(item);
      heap.push((item * 7_919) % 100_003, item);
      // All but a hundred stay only because their time is far away.
      live.delete(item - 100);
      largest = Math.max(largest, heap.size);
    }
    assert.ok(largest <= 2_000, `${largest} entries for 100 live ones`);
    const times: number[] = [];
    for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
      if (live.has(entry.item)) times.push(entry.timeMs);
    }
    assert.equal(times.length, 100);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });
});
