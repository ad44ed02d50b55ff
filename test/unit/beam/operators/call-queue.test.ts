/** Bounds of the elements that wait while all calls are running. */
import assert from "node:assert/strict";
import { CallElement, type CallOwner } from "../../../../src/beam/operators/async-call";
import { CallQueue } from "../../../../src/beam/operators/call-queue";
import { Gate } from "../../../../src/beam/operators/gate";
import type { OutputReceivers } from "../../../../src/beam/operators/outputs";
import { GLOBAL_WINDOW, NO_FIRING } from "../../../../src/beam/values";

const BUNDLES = 8;
const ELEMENT_BYTES = 300;
const MAX_BATCH_BYTES = 1_000;

describe("the queue before calls", () => {
  it("holds one batch by bytes, and one element of each bundle", async () => {
    const ends: (() => void)[] = [];
    let inCalls = 0;
    const fn = {
      process: (elements: readonly unknown[]) => {
        inCalls += elements.length;
        return new Promise<void>((resolve) => ends.push(resolve));
      },
    };
    const owner = (): CallOwner => ({
      fn,
      outputs: {} as OutputReceivers,
      isLive: true,
      isFinishing: false,
      inFlight: undefined,
      fail: (error) => assert.fail(String(error)),
      onSettled: () => undefined,
    });
    const batching = { maxCount: 1_000, maxBytes: MAX_BATCH_BYTES, maxAgeMs: 2 ** 40 };
    const queue = new CallQueue(batching, new Gate(1), new Gate(1));
    let given = 0;
    const bundle = async (): Promise<void> => {
      const own = owner();
      for (let count = 0; count < 20; count++) {
        given++;
        const value = { value: count, timestampMs: 0, windows: [GLOBAL_WINDOW], pane: NO_FIRING };
        await queue.add(new CallElement(own, value, GLOBAL_WINDOW, ELEMENT_BYTES));
      }
    };
    const bundles = Promise.all(Array.from({ length: BUNDLES }, bundle));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ends.length, 1, "calls under way");
    assert.ok(inCalls * ELEMENT_BYTES <= MAX_BATCH_BYTES, `${inCalls} elements in a call`);
    const queuedBytes = (given - inCalls) * ELEMENT_BYTES;
    assert.ok(queuedBytes <= MAX_BATCH_BYTES + BUNDLES * ELEMENT_BYTES, `${queuedBytes} bytes wait`);
    const timer = setInterval(() => ends.shift()?.(), 1);
    await bundles.finally(() => clearInterval(timer));
    assert.equal(given, BUNDLES * 20);
  });
});
