import assert from "node:assert/strict";
import { asyncParDo, detached, jsonCoder, P } from "../../../../src/beam/authoring";
import type { ProcessScope, Residual } from "../../../../src/beam/operators/contract";
import type { SizedElementAndRestriction } from "../../../../src/beam/operators/splittable-element";
import { SDF_PROCESS_URN } from "../../../../src/beam/operators/urns";
import type { WindowedValue } from "../../../../src/beam/values";
import { CallPlain, remote } from "./fns";
import { at, newScope, StageHarness } from "./stage-harness";

type Sized = SizedElementAndRestriction;

const number = jsonCoder<number>("test:coder:number", 1);

/** `detached`, as its process step, and the calls behind it, fused in one stage. */
async function stage(scope: ProcessScope = newScope(), maxElements = 10) {
  const harness = new StageHarness<Sized>((input) => {
    const apart = P(input as never).apply(detached(number, { maxElements }));
    return P(apart).apply(asyncParDo("Call", new CallPlain("detached", 10), { main: number }));
  });
  return harness.as(SDF_PROCESS_URN).processor({ scope });
}

function fresh(value: number): WindowedValue<Sized> {
  return at({ key: { key: value, value: { key: "", value: 0 } }, value: 1 });
}

function again(residual: Residual | undefined): WindowedValue<Sized> {
  assert.ok(residual !== undefined);
  return residual.element as WindowedValue<Sized>;
}

/** As it comes back from a runner that keeps it under a number. */
function kept(residual: Residual | undefined): WindowedValue<Sized> {
  const element = again(residual);
  return { ...element, value: { key: element.value.key, value: -3 } };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function answered(): Promise<void> {
  for (const call of remote.calls.splice(0)) call.answer();
  await turn();
}

describe("detached elements", () => {
  beforeEach(() => remote.reset());

  it("leave a bundle at once, and their results with the bundle that comes for them", async () => {
    const bundle = await stage();
    const first = await bundle.run([fresh(1), fresh(2)]);
    assert.equal(remote.open, 2);
    assert.deepEqual(bundle.values("main"), []);
    assert.equal(first.residuals.length, 2);
    assert.ok(first.residuals.every(({ delayMs }) => delayMs > 0));
    await answered();
    assert.deepEqual(bundle.values("main"), []);

    const second = await bundle.run(first.residuals.map(again));
    assert.deepEqual(bundle.values("main"), [1, 2]);
    assert.equal(remote.open, 0);
    assert.deepEqual(second.residuals, []);
  });

  it("are answered for by the runner's number, where it gave one: to the last", async () => {
    const bundle = await stage();
    const first = await bundle.run([fresh(1)]);
    const second = await bundle.run(first.residuals.map(kept));
    await answered();
    const third = await bundle.run(second.residuals.map(again));
    assert.deepEqual(bundle.values("main"), [1]);
    const answers = [...second.residuals, ...third.residuals];
    assert.deepEqual(
      answers.map(({ element, delayMs }) => [(element.value as Sized).value, Math.sign(delayMs)]),
      [
        [-3, 1],
        [-3, -1],
      ],
    );
  });

  it("have a way for each of their windows, as runners keep them apart", async () => {
    const bundle = await stage();
    const windows = [
      { startMs: 0, endMs: 10 },
      { startMs: 5, endMs: 15 },
    ];
    const { residuals } = await bundle.run([{ ...fresh(1), windows }]);
    assert.equal(remote.open, 2);
    await answered();
    await bundle.run(residuals.map(again));
    assert.deepEqual(
      bundle.of("main").map(({ value, windows: own }) => [value, own]),
      windows.map((window) => [1, [window]]),
    );
  });

  it("are waited for when they come back before their time, as they do when a runner ends", async () => {
    const bundle = await stage();
    const { residuals } = await bundle.run([fresh(1)]);
    setTimeout(() => void answered(), 20);
    await bundle.run(residuals.map(again));
    assert.deepEqual(bundle.values("main"), [1]);
  });

  it("leave nothing behind when their way ended within their first bundle", async () => {
    remote.automatic = () => 0;
    const bundle = await stage();
    bundle.stage.start();
    await bundle.push(fresh(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { residuals } = await bundle.stage.finish();
    assert.deepEqual(bundle.values("main"), [1]);
    assert.deepEqual(residuals, []);
  });

  it("are collected by whichever processor of the process they come back to", async () => {
    const scope = newScope();
    const [one, other] = [await stage(scope), await stage(scope)];
    const { residuals } = await one.run([fresh(1)]);
    await answered();
    await other.run(residuals.map(again));
    assert.deepEqual(other.values("main"), [1]);
  });

  it("begin anew in another process", async () => {
    const { residuals } = await (await stage()).run([fresh(1)]);
    const other = await stage();
    const anew = await other.run(residuals.map(again));
    assert.equal(remote.calls.length, 2);
    await answered();
    await other.run(anew.residuals.map(again));
    assert.deepEqual(other.values("main"), [1]);
  });

  it("are at most so many under way: the bundle waits for a place", async () => {
    const bundle = await stage(newScope(), 2);
    bundle.stage.start();
    await bundle.push(fresh(1));
    await bundle.push(fresh(2));
    const third = bundle.push(fresh(3));
    assert.ok(third instanceof Promise);
    await turn();
    assert.equal(remote.open, 2);
    remote.calls.shift()?.answer();
    await third;
    await turn();
    assert.equal(remote.maxOpen, 2);
    assert.deepEqual(
      remote.calls.map(({ values }) => values),
      [[2], [3]],
    );
    await answered();
    await bundle.stage.finish();
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
    const waiting = bundle.push(two);
    await answered();
    await waiting;
    await turn();
    assert.deepEqual(
      remote.calls.map(({ values }) => values),
      [[2]],
    );
    await answered();
    await bundle.stage.finish();
    assert.deepEqual(bundle.values("main"), [1, 2]);
  });

  it("fail the bundle that comes for them when their call failed", async () => {
    const bundle = await stage();
    const { residuals } = await bundle.run([fresh(1)]);
    remote.calls[0]?.fail(new Error("no such model"));
    await assert.rejects(bundle.run(residuals.map(again)), /The stage "Call" failed/);
  });

  it("end with the last processor that could collect them", async () => {
    const bundle = await stage();
    await bundle.run([fresh(1)]);
    await bundle.stage.teardown();
    assert.equal(remote.torndown, 1);
  });
});
