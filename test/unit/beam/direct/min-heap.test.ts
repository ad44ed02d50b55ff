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
});
