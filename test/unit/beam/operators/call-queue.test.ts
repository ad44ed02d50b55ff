/** Bounds of the elements that wait while all calls are running. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { CallElement, type CallOwner } from "../../../../src/beam/operators/async-call";
import { CallQueue } from "../../../../src/beam/operators/call-queue";
import { Gate } from "../../../../src/beam/operators/gate";
import type { OutputReceivers } from "../../../../src/beam/operators/outputs";
import { GLOBAL_WINDOW, NO_FIRING } from "../../../../src/beam/values";
import { until } from "../../../support/until";

const BUNDLES = 8;
const ELEMENT_BYTES = 300;
const MAX_BATCH_BYTES = 1_000;

function ownerOf(fn: CallOwner["fn"]): CallOwner {
  return {
    fn,
    outputs: {} as OutputReceivers,
    isLive: true,
    isFinishing: false,
    inFlight: undefined,
    fail: (error) => assert.fail(String(error)),
    onSettled: () => undefined,
  };
}

function elementOf(owner: CallOwner, count: number): CallElement {
  const value = { value: count, timestampMs: 0, windows: [GLOBAL_WINDOW], pane: NO_FIRING };
  return new CallElement(owner, value, GLOBAL_WINDOW, ELEMENT_BYTES);
}

describe("the queue before calls", () => {
  it("sends a batch while another call is under way no sooner than all that come meanwhile are in it", async () => {
    const calls: { readonly count: number; readonly end: () => void }[] = [];
    const process = (elements: readonly unknown[]): Promise<void> =>
      new Promise((end) => calls.push({ count: elements.length, end }));
    const own: CallOwner = ownerOf({ process });
    const batching = { maxCount: 10, maxBytes: MAX_BATCH_BYTES * 10, maxAgeMs: 2 ** 30, maxIdleAgeMs: 1 };
    const queue = new CallQueue(batching, new Gate(4), new Gate(4));
    void queue.add(elementOf(own, 0));
    await until("a quiet queue sends", () => calls.length === 1);
    void queue.add(elementOf(own, 1));
    await sleep(20);
    void queue.add(elementOf(own, 2));
    assert.equal(calls.length, 1);
    calls[0]!.end();
    await until("the answer lets the next batch leave", () => calls.length === 2);
    assert.deepEqual(
      calls.map(({ count }) => count),
      [1, 2],
    );
    for (let count = 3; count < 13; count++) void queue.add(elementOf(own, count));
    assert.equal(calls.length, 3, "a full batch leaves beside a call");
    for (const { end } of calls) end();
  });

  it("holds one batch by bytes, and one element of each bundle", async () => {
    const ends: (() => void)[] = [];
    let inCalls = 0;
    const fn = {
      process: (elements: readonly unknown[]) => {
        inCalls += elements.length;
        return new Promise<void>((resolve) => ends.push(resolve));
      },
    };
    const batching = { maxCount: 1_000, maxBytes: MAX_BATCH_BYTES, maxAgeMs: 2 ** 40 };
    const queue = new CallQueue(batching, new Gate(1), new Gate(1));
    let given = 0;
    const bundle = async (): Promise<void> => {
      const own = ownerOf(fn);
      for (let count = 0; count < 20; count++) {
        given++;
        await queue.add(elementOf(own, count));
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
