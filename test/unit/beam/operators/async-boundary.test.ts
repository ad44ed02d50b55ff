import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { asyncBoundary } from "../../../../src/beam/authoring";
import { type PCollection, withName } from "../../../../src/beam/sdk";
import { SDF_PAIR_URN, SDF_PROCESS_URN, SDF_SPLIT_URN } from "../../../../src/beam/operators/urns";
import {
  again,
  answered,
  batchStage,
  fresh,
  kept,
  number,
  type Sized,
  stage,
  turn,
  twiceForOddStage,
  WatchedScope,
} from "./async-boundary-fixture";
import { callPlain, callTwiceForOdd, evenOdd, remote } from "./fns";
import { at, elementsOf, newScope, StageHarness } from "./stage-harness";

describe("elements behind asyncBoundary", () => {
  beforeEach(() => remote.reset());

  it("come there as those of any splittable DoFn, where the runner makes three transforms of it", async () => {
    const boundary = (urn: typeof SDF_PAIR_URN | typeof SDF_SPLIT_URN) =>
      new StageHarness<unknown>((input) => ({
        main: (input as PCollection<number>).apply(asyncBoundary(number, { maxElements: 5 })),
      }))
        .as(urn)
        .processor();
    const pair = await boundary(SDF_PAIR_URN);
    await pair.run([at(7, 3)]);
    const split = await boundary(SDF_SPLIT_URN);
    await split.run(pair.of("main"));
    assert.deepEqual(split.of("main"), [at({ key: { key: 7, value: { key: "", value: 3 } }, value: 1 }, 3)]);
  });

  it("leave a bundle at once, and their results with the bundle that polls for them", async () => {
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

  it("are polled for when they will have completed, as far as those before them tell", async () => {
    const bundle = await stage();
    const [unknown] = (await bundle.run([fresh(1)])).residuals;
    await sleep(300);
    await answered();
    await bundle.run([again(unknown)]);
    const [known] = (await bundle.run([fresh(2)])).residuals;
    const [late] = (await bundle.run([again(known)])).residuals;
    await answered();
    assert.equal(unknown?.delayMs, 100);
    assert.ok(known !== undefined && known.delayMs > 250, `polled for after ${known?.delayMs} ms`);
    assert.equal(late?.delayMs, 200);
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

  it("are in flight once for each of their windows, as runners keep them apart", async () => {
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

  it("leave nothing behind when they completed within their first bundle", async () => {
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

  it("gather in batches while others are under way, which leave when they are old or nobody else could join", async () => {
    const bundle = await batchStage({ maxCount: 3, maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: 300 });
    const called = (): number[] => remote.calls.map(({ values }) => values.length);
    bundle.stage.start();
    for (const value of [1, 2, 3, 4]) await bundle.push(fresh(value));
    await turn();
    assert.deepEqual(called(), [3], "full");
    while (remote.calls.length < 2) await turn();
    assert.deepEqual(called(), [3, 1], "old");
    await answered();
    await bundle.push(fresh(5));
    await turn();
    assert.deepEqual(called(), [1], "alone: at once");
    await answered();
    await bundle.stage.finish();
    assert.deepEqual(bundle.values("main"), [1, 2, 3, 4, 5]);
  });

  it("free their capacity when they are torn down in a batch that is forming", async () => {
    const scope = new WatchedScope();
    const batching = { maxCount: 3, maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: 60_000 };
    const bundle = await batchStage(batching, scope);
    await bundle.run([fresh(1), fresh(2), fresh(3), fresh(4), fresh(5)]);
    assert.equal(remote.calls.length, 1);
    await bundle.stage.teardown();
    await answered();
    assert.deepEqual(scope.load, { inFlight: 0, bytes: 0, queuedBytes: 0 });
  });

  it("show what is counted behind them, also while the bundle runs", async () => {
    const harness = new StageHarness<Sized>((input) => {
      const apart = elementsOf<number>(input).apply(asyncBoundary(number, { maxElements: 5 }));
      const { even, odd } = apart.apply(withName("Tag", evenOdd()));
      return { odd, main: even.apply(withName("Call", callPlain({ pool: "behind", maxConcurrentCalls: 10 }))).main };
    });
    const bundle = await harness.as(SDF_PROCESS_URN).processor();
    const { residuals } = await bundle.run([fresh(2), fresh(4)]);
    await answered();
    bundle.stage.start();
    for (const residual of residuals) await bundle.push(again(residual));
    const { metrics, elementCounts } = await bundle.stage.finish();
    const seen = metrics.find(({ name }) => name === "seen");
    assert.equal(seen?.kind === "counter" ? seen.value : undefined, 2);
    const counts = [...elementCounts.values()].filter((count) => count > 0);
    assert.deepEqual(counts, [2, 2, 2, 2], "into it, out of it, even ones, and results: each once");
    assert.deepEqual([...bundle.stage.figures().elementCounts.values()].filter(Boolean), []);
  });

  it("are refused where what follows reads side inputs or is splittable", async () => {
    const harness = new StageHarness<Sized>((input) => {
      const apart = elementsOf<number>(input).apply(asyncBoundary(number, { maxElements: 5 }));
      return apart.apply(withName("Call", callPlain({ pool: "behind", maxConcurrentCalls: 10 })));
    });
    harness.as(SDF_PROCESS_URN);
    const call = harness.transformIds.find((id) => harness.components.transforms[id]?.uniqueName === "Call") ?? "";
    const { spec } = harness.components.transforms[call]!;
    spec!.urn = SDF_PROCESS_URN;
    await assert.rejects(harness.processor(), /"Call" reads side inputs or is splittable, so it cannot follow/);
  });

  it("fail the bundle that polls for them when their call failed", async () => {
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

  it("begin anew when they ask for it, without what was put out before, and without the others of their call", async () => {
    remote.automatic = () => 0;
    const bundle = await twiceForOddStage(3);
    const first = await bundle.run([fresh(1), fresh(2), fresh(3)]);
    let { residuals } = first;
    let metrics = [...first.metrics];
    while (residuals.length > 0) {
      await sleep(20);
      const next = await bundle.run(residuals.map(again));
      ({ residuals } = next);
      metrics = [...metrics, ...next.metrics];
    }
    assert.deepEqual(bundle.values("main").toSorted(), [1, 2, 3]);
    assert.equal(remote.torndown, 0, "a processor that was making a call for others was torn down");
    const restarts = metrics.flatMap(({ name, value }) => (name === "restarts" ? [Number(value)] : []));
    assert.equal(
      restarts.reduce((sum, each) => sum + each, 0),
      2,
    );
  });

  it("cannot begin anew without a boundary", async () => {
    remote.automatic = () => 0;
    const bundle = await new StageHarness<number>((input) =>
      input.apply(callTwiceForOdd({ maxConcurrentCalls: 1 })),
    ).processor();
    await assert.rejects(bundle.run([at(1)]), /behind an asyncBoundary of its stage only/);
  });
});
