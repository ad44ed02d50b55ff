/** Elements that a call gives back, to be in a later one. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Batching } from "../../../../src/beam/authoring";
import { withName } from "../../../../src/beam/sdk";
import { callPatient, remote } from "./fns";
import { at, newScope, StageHarness } from "./stage-harness";

const BATCHING: Batching = { maxCount: 2, maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: 2 ** 40 };

function harness(maxConcurrentCalls: number, batched: { readonly batching?: Batching } = { batching: BATCHING }) {
  const calls = callPatient({ pool: "patient", maxConcurrentCalls, ...batched });
  return new StageHarness<number>((input) => input.apply(withName("Call", calls)));
}

const called = (): (readonly number[])[] => remote.calls.map(({ values }) => values);

describe("elements that a call gives back", () => {
  beforeEach(() => remote.reset());

  it("hold neither the others of their call nor the calls of others", async () => {
    const scope = newScope();
    const stage = harness(1);
    const [slow, quick, later] = [
      await stage.processor({ scope }),
      await stage.processor({ scope }),
      await stage.processor({ scope }),
    ];
    remote.automatic = () => 0;
    remote.refusals = new Set([1]);
    for (const { stage: bundle } of [slow, quick, later]) bundle.start();
    void slow.push(at(1));
    void quick.push(at(2));
    await quick.stage.finish();
    assert.deepEqual(quick.values("main"), [2], "of the same call");
    void later.push(at(3));
    await later.stage.finish();
    assert.deepEqual(later.values("main"), [3], "of another call, while the only place is free");
    assert.deepEqual(slow.values("main"), []);
    await slow.stage.finish();
    assert.deepEqual(slow.values("main"), [1], "its bundle has waited for it");
    assert.deepEqual(called(), [[1, 2], [3], [1]]);
  });

  it("wait for their delay, and are with others in a call then", async () => {
    const bundle = await harness(1).processor();
    remote.automatic = () => 0;
    remote.refusals = new Set([1, 2]);
    bundle.stage.start();
    const beginMs = performance.now();
    for (const value of [1, 2]) await bundle.push(at(value));
    while (remote.calls.length < 2) await sleep(1);
    assert.ok(performance.now() - beginMs >= 19);
    await bundle.stage.finish();
    assert.deepEqual(called(), [
      [1, 2],
      [1, 2],
    ]);
    assert.deepEqual(bundle.values("main"), [1, 2]);
  });

  it("are alone in their call where there are no batches", async () => {
    const bundle = await harness(2, {}).processor();
    remote.automatic = () => 0;
    remote.refusals = new Set([2]);
    await bundle.run([1, 2, 3].map((value) => at(value)));
    assert.deepEqual(called(), [[1], [2], [3], [2]]);
    assert.deepEqual(bundle.values("main"), [1, 3, 2]);
  });

  it("are forgotten with their bundle", async () => {
    const bundle = await harness(1).processor();
    remote.automatic = () => 0;
    remote.refusals = new Set([1, 2]);
    bundle.stage.start();
    for (const value of [1, 2]) await bundle.push(at(value));
    await sleep(5);
    await bundle.stage.teardown();
    await sleep(40);
    assert.deepEqual(called(), [[1, 2]]);
  });
});
