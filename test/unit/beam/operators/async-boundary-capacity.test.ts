/** Bounds the elements in flight behind `asyncBoundary`, by number and size, and decides which of them begin first. */
import assert from "node:assert/strict";
import { again, answered, fresh, freshText, stage, textStage, turn } from "./async-boundary-fixture";
import { remote } from "./fns";
import { newScope } from "./stage-harness";

describe("the capacity of asyncBoundary", () => {
  beforeEach(() => remote.reset());

  it("bounds the elements in flight: the bundle waits for capacity", async () => {
    const bundle = await stage(newScope(), 2);
    bundle.stage.start();
    await bundle.push(fresh(1));
    await bundle.push(fresh(2));
    await bundle.push(fresh(3));
    const finished = bundle.stage.finish();
    await turn();
    assert.equal(remote.open, 2);
    remote.calls.shift()?.answer();
    await finished;
    assert.equal(remote.maxOpen, 2);
    assert.deepEqual(
      remote.calls.map(({ values }) => values),
      [[2], [3]],
    );
    assert.deepEqual(bundle.values("main"), [1]);
  });

  it("is given to deferred elements before new ones", async function () {
    this.timeout(10_000);
    const bundle = await stage(newScope(), 1);
    const first = await bundle.run([fresh(1), fresh(2)]);
    const [one, two] = first.residuals.map(again);
    assert.ok(one !== undefined && two !== undefined);
    bundle.stage.start();
    for (const element of [fresh(3), one, two]) await bundle.push(element);
    const finished = bundle.stage.finish();
    await answered();
    const { residuals } = await finished;
    assert.deepEqual(
      remote.calls.map(({ values }) => values),
      [[2]],
    );
    assert.equal(residuals.length, 2);
  });

  it("when used up, defers an element for longer each time", async function () {
    this.timeout(20_000);
    const bundle = await stage(newScope(), 1);
    let [, deferred] = (await bundle.run([fresh(1), fresh(2)])).residuals;
    const delays: (number | undefined)[] = [deferred?.delayMs];
    for (let round = 0; round < 2; round++) {
      [deferred] = (await bundle.run([again(deferred)])).residuals;
      delays.push(deferred?.delayMs);
    }
    assert.deepEqual(delays, [100, 200, 400]);
  });

  it("bounds bytes, however many are queued: the bundle stops taking more, and goes on", async () => {
    const maxBytes = 100_000;
    const { bundle, load } = await textStage(maxBytes);
    bundle.stage.start();
    const push = async (): Promise<void> => {
      for (let n = 0; n < 40; n++) await bundle.push(freshText(`${n}`.padEnd(5_000)));
    };
    let isPushed = false;
    const pushed = push().then(() => (isPushed = true));
    let maxQueued = 0;
    let maxInFlight = 0;
    while (!isPushed) {
      await turn();
      maxQueued = Math.max(maxQueued, load().queuedBytes);
      maxInFlight = Math.max(maxInFlight, load().bytes);
      if (remote.calls.length === 0) continue;
      remote.calls.shift()?.answer();
    }
    await pushed;
    const finished = bundle.stage.finish();
    const timer = setInterval(() => remote.calls.shift()?.answer(), 1);
    const { residuals } = await finished;
    clearInterval(timer);
    assert.ok(maxInFlight > maxBytes / 2 && maxInFlight <= maxBytes, `${maxInFlight} bytes in flight`);
    assert.ok(maxQueued <= maxBytes / 2, `${maxQueued} bytes queued`);
    assert.ok(bundle.values("main").length + residuals.length === 40);
    assert.equal(load().queuedBytes, 0);
  });

  it("lets an element begin alone that is larger than all of it", async () => {
    const { bundle, load } = await textStage(1_000);
    const { residuals } = await bundle.run([freshText("x".repeat(5_000))]);
    assert.ok(load().bytes > 1_000);
    await answered();
    await bundle.run(residuals.map(again));
    assert.deepEqual(
      bundle.values<string>("main").map(({ length }) => length),
      [5_000],
    );
    assert.deepEqual(load(), { inFlight: 0, bytes: 0, queuedBytes: 0 });
  });

  it("when used up, defers an element, which begins later", async function () {
    this.timeout(10_000);
    const bundle = await stage(newScope(), 1);
    const { residuals } = await bundle.run([fresh(1), fresh(2)]);
    assert.equal(remote.open, 1);
    await answered();
    const second = await bundle.run(residuals.map(again));
    assert.deepEqual(bundle.values("main"), [1]);
    assert.equal(remote.open, 1);
    await answered();
    const open = second.residuals.filter(({ delayMs }) => delayMs > 0);
    await bundle.run(open.map(again));
    assert.deepEqual(bundle.values("main"), [1, 2]);
  });

  it("is given to a deferred element as soon as it is freed, where the bundle waits anyway", async function () {
    this.timeout(10_000);
    const bundle = await stage(newScope(), 1);
    const { residuals } = await bundle.run([fresh(1), fresh(2)]);
    const [one, two] = residuals.map(again);
    assert.ok(one !== undefined && two !== undefined);
    bundle.stage.start();
    await bundle.push(one);
    await bundle.push(two);
    const finished = bundle.stage.finish();
    await answered();
    const later = (await finished).residuals;
    assert.deepEqual(
      remote.calls.map(({ values }) => values),
      [[2]],
    );
    await answered();
    await bundle.run(later.map(again));
    assert.deepEqual(bundle.values("main"), [1, 2]);
  });
});
