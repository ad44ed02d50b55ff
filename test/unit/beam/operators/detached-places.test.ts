/** How many elements, and of what size, are behind `detached` at once, and which of them come first. */
import assert from "node:assert/strict";
import { again, answered, fresh, freshText, stage, textStage, turn } from "./detached-fixture";
import { remote } from "./fns";
import { newScope } from "./stage-harness";

describe("places behind detached", () => {
  beforeEach(() => remote.reset());

  it("are at most so many under way: the bundle waits for a place", async () => {
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

  it("that waited before begin before new ones", async function () {
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

  it("that find no place come back less and less often", async function () {
    this.timeout(20_000);
    const bundle = await stage(newScope(), 1);
    let [, parked] = (await bundle.run([fresh(1), fresh(2)])).residuals;
    const delays: (number | undefined)[] = [parked?.delayMs];
    for (let round = 0; round < 2; round++) {
      [parked] = (await bundle.run([again(parked)])).residuals;
      delays.push(parked?.delayMs);
    }
    assert.deepEqual(delays, [100, 200, 400]);
  });

  it("take no more bytes than allowed, however many wait: the bundle stops taking more, and goes on", async () => {
    const maxBytes = 100_000;
    const { bundle, load } = await textStage(maxBytes);
    bundle.stage.start();
    const push = async (): Promise<void> => {
      for (let n = 0; n < 40; n++) await bundle.push(freshText(`${n}`.padEnd(5_000)));
    };
    let isPushed = false;
    const pushed = push().then(() => (isPushed = true));
    let mostHeld = 0;
    let mostUnderWay = 0;
    while (!isPushed) {
      await turn();
      mostHeld = Math.max(mostHeld, load().heldBytes);
      mostUnderWay = Math.max(mostUnderWay, load().bytes);
      if (remote.calls.length === 0) continue;
      remote.calls.shift()?.answer();
    }
    await pushed;
    const finished = bundle.stage.finish();
    const timer = setInterval(() => remote.calls.shift()?.answer(), 1);
    const { residuals } = await finished;
    clearInterval(timer);
    assert.ok(mostUnderWay > maxBytes / 2 && mostUnderWay <= maxBytes, `${mostUnderWay} bytes under way`);
    assert.ok(mostHeld <= maxBytes / 2, `${mostHeld} bytes held`);
    assert.ok(bundle.values("main").length + residuals.length === 40);
    assert.equal(load().heldBytes, 0);
  });

  it("are let go on alone when one is larger than all that is allowed", async () => {
    const { bundle, load } = await textStage(1_000);
    const { residuals } = await bundle.run([freshText("x".repeat(5_000))]);
    assert.ok(load().bytes > 1_000);
    await answered();
    await bundle.run(residuals.map(again));
    assert.deepEqual(
      bundle.values<string>("main").map(({ length }) => length),
      [5_000],
    );
    assert.deepEqual(load(), { unfinished: 0, bytes: 0, heldBytes: 0 });
  });

  it("that found no place go back, and begin later", async function () {
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

  it("that found no place begin as soon as there is one, where the bundle waits anyway", async function () {
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
