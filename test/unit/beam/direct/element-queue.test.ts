import assert from "node:assert/strict";
import fc from "fast-check";
import { elementQueue } from "../../../../src/beam/direct/element-queue";
import { seededRandom } from "../../../../src/beam/direct/random";
import { GLOBAL_WINDOW, NO_FIRING, type WindowedValue } from "../../../../src/beam/values";

const at = (timestampMs: number, value: number): WindowedValue<unknown> => ({
  value,
  timestampMs,
  windows: [GLOBAL_WINDOW],
  pane: NO_FIRING,
});

/** A number is an element's timestamp; undefined takes one. */
const calls = fc.array(fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 2 }), { maxLength: 300 });

describe("the queue of elements", () => {
  it("is first in, first out, and knows the least timestamp", () => {
    fc.assert(
      fc.property(calls, (timestamps) => {
        const queue = elementQueue();
        const model: WindowedValue<unknown>[] = [];
        timestamps.forEach((timestampMs, index) => {
          if (timestampMs === undefined) assert.equal(queue.take(), model.shift());
          else {
            const element = at(timestampMs, index);
            queue.push(element);
            model.push(element);
          }
          assert.equal(queue.size, model.length);
          assert.equal(queue.minTimestampMs(), Math.min(...model.map((element) => element.timestampMs)));
        });
      }),
      { seed: 12 },
    );
  });

  it("knows about what its elements take", () => {
    for (const random of [undefined, seededRandom(1)]) {
      const queue = elementQueue(random);
      const bytes = [1, 10_000, 300_000].map((length) => {
        const before = queue.bytes;
        queue.push({ ...at(0, 0), value: { key: "k", value: [{ text: "x".repeat(length) }] } });
        return queue.bytes - before;
      });
      bytes.forEach((own, index) => assert.ok(own >= [1, 10_000, 300_000][index]! && own < 600_300, `${own} bytes`));
      while (queue.size > 0) queue.take();
      assert.equal(queue.bytes, 0);
    }
  });

  it("shuffled, still hands out everything once, and knows the least timestamp", () => {
    fc.assert(
      fc.property(calls, fc.integer(), (timestamps, seed) => {
        const queue = elementQueue(seededRandom(seed));
        const model = new Map<unknown, number>();
        timestamps.forEach((timestampMs, index) => {
          if (timestampMs === undefined) {
            const taken = queue.take();
            assert.equal(taken === undefined, model.size === 0);
            if (taken !== undefined) assert.equal(model.delete(taken.value), true);
          } else {
            queue.push(at(timestampMs, index));
            model.set(index, timestampMs);
          }
          assert.equal(queue.minTimestampMs(), Math.min(...model.values()));
        });
      }),
      { seed: 13 },
    );
  });

  it("takes the same elements in the same order for the same seed, and another for another", () => {
    const order = (seed: number): unknown[] => {
      const queue = elementQueue(seededRandom(seed));
      for (let value = 0; value < 50; value++) queue.push(at(0, value));
      return Array.from({ length: 50 }, () => queue.take()?.value);
    };
    assert.deepEqual(order(1), order(1));
    assert.notDeepEqual(order(1), order(2));
  });
});
