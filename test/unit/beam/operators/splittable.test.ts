import assert from "node:assert/strict";
import fc from "fast-check";
import type { OffsetRange, DefinedDoFn } from "../../../../src/beam/authoring";
import type { CheckpointLimits } from "../../../../src/beam/operators/contract";
import type { SizedElementAndRestriction } from "../../../../src/beam/operators/splittable-element";
import { SDF_PAIR_URN, SDF_PROCESS_URN, SDF_SPLIT_URN } from "../../../../src/beam/operators/urns";
import { runnerApi, withName } from "../../../../src/beam/sdk";
import type { WindowedValue } from "../../../../src/beam/values";
import { BeamError } from "../../../../src/beam/error";
import { callPlain, remote } from "./fns";
import { busy, count, forgetful, pace, type RangeSettings, sleeper } from "./splittable-fns";
import { at, elementsOf, NO_LIMITS, StageHarness } from "./stage-harness";

type Sized = SizedElementAndRestriction;

type Ranges = DefinedDoFn<RangeSettings, number, { main: number }>;

function splittable<I>(fn: Ranges, urn: typeof SDF_PAIR_URN | typeof SDF_SPLIT_URN | typeof SDF_PROCESS_URN) {
  const transform = withName("Count", fn({ bounded: false }));
  return new StageHarness<I>((input) => elementsOf<number>(input).apply(transform)).as(urn);
}

function sizedRange(from: number, to: number, watermarkMs = -1): Sized {
  return { key: { key: to, value: { key: { from, to }, value: watermarkMs } }, value: to - from };
}

/** Runs an element and all its residuals, one bundle each. */
async function runToTheEnd(
  fn: Ranges,
  element: Sized,
  limits: CheckpointLimits,
  onResidual?: (watermarkMs: number) => void,
) {
  const bundle = await splittable<Sized>(fn, SDF_PROCESS_URN).processor({ limits });
  let bundles = 0;
  let next: WindowedValue<Sized> | undefined = at(element);
  while (next !== undefined) {
    const before: number = bundle.values("main").length;
    const { residuals } = await bundle.run([next]);
    assert.ok(residuals.length <= 1);
    assert.ok(++bundles < 1000, "no end in sight");
    const [residual] = residuals;
    if (residual !== undefined) {
      assert.ok(bundle.values("main").length > before, "each bundle makes progress");
      onResidual?.(residual.watermarkMs);
    }
    next = residual?.element as WindowedValue<Sized> | undefined;
  }
  return { values: bundle.values<number>("main"), bundles };
}

const upTo = (to: number): number[] => Array.from({ length: to }, (_, index) => index);

describe("splittable DoFns", () => {
  beforeEach(() => {
    pace.ticks = () => 0;
    pace.pauseAt = () => undefined;
  });

  it("pairs an element with its restriction and the watermark's start", async () => {
    const bundle = await splittable<number>(count, SDF_PAIR_URN).processor();
    await bundle.run([at(7, 5)]);
    assert.deepEqual(bundle.values("main"), [{ key: 7, value: { key: { from: 0, to: 7 }, value: 5 } }]);
  });

  it("splits a restriction at the start, and sizes each part by the tracker's remaining work", async () => {
    const bundle = await splittable<unknown>(count, SDF_SPLIT_URN).processor();
    await bundle.run([at({ key: 7, value: { key: { from: 0, to: 7 }, value: 5 } })]);
    assert.deepEqual(bundle.values("main"), [
      { key: { key: 7, value: { key: { from: 0, to: 3 }, value: 5 } }, value: 3 },
      { key: { key: 7, value: { key: { from: 3, to: 7 }, value: 5 } }, value: 4 },
    ]);
  });

  it("emits with the given timestamps, and leaves no residual when all is done", async () => {
    const bundle = await splittable<Sized>(count, SDF_PROCESS_URN).processor();
    const { residuals } = await bundle.run([at(sizedRange(2, 5))]);
    assert.deepEqual(residuals, []);
    assert.deepEqual(
      bundle.of("main").map(({ value, timestampMs }) => [value, timestampMs]),
      [
        [2, 2],
        [3, 3],
        [4, 4],
      ],
    );
  });

  it("answers for a restriction that the runner kept under a number: by it, to the last", async () => {
    pace.pauseAt = (position) => (position === 3 ? 10 : undefined);
    const kept = { ...sizedRange(2, 5), value: -7 };
    const bundle = await splittable<Sized>(count, SDF_PROCESS_URN).processor();
    const [rest] = (await bundle.run([at(kept)])).residuals;
    assert.ok(rest !== undefined);
    const { key, value } = rest.element.value as Sized;
    assert.deepEqual([key.value.key, value], [{ from: 4, to: 5 }, -7]);
    pace.pauseAt = () => undefined;
    const [last, ...others] = (await bundle.run([at(rest.element.value as Sized)])).residuals;
    assert.deepEqual([last?.delayMs, (last?.element.value as Sized).value, others], [-1, -7, []]);
  });

  it("hands back the rest with its watermark and delay when the author pauses", async () => {
    pace.pauseAt = (position) => (position === 3 ? 250 : undefined);
    const harness = splittable<Sized>(count, SDF_PROCESS_URN);
    const bundle = await harness.processor();
    const { residuals } = await bundle.run([at(sizedRange(0, 9), 77)]);
    assert.deepEqual(residuals, [
      {
        transformId: harness.onlyTransformId,
        element: at({ key: { key: 9, value: { key: { from: 4, to: 9 }, value: 3 } }, value: 5 }, 77),
        watermarkMs: 3,
        delayMs: 250,
        boundedness: runnerApi.IsBounded_Enum.UNBOUNDED,
      },
    ]);
    assert.deepEqual(bundle.values("main"), [0, 1, 2, 3]);
    const second = await bundle.run([]);
    assert.deepEqual(second.residuals, [], "a bundle's residuals leave with it");
  });

  it("wakes a sleeping author when a checkpoint is requested", async () => {
    const bundle = await splittable<Sized>(sleeper, SDF_PROCESS_URN).processor();
    bundle.stage.start();
    const processed = bundle.push(at(sizedRange(0, 3)));
    bundle.stage.requestCheckpoint();
    await processed;
    const { residuals } = await bundle.stage.finish();
    assert.equal(residuals.length, 1);
    assert.deepEqual((residuals[0]?.element.value as Sized).key.value.key, { from: 0, to: 3 });
    bundle.stage.start();
    const again = bundle.push(at(sizedRange(0, 3)));
    await new Promise((resolve) => setImmediate(resolve));
    bundle.stage.requestCheckpoint();
    await again;
  });

  it("wakes a sleeping author when its time is up", async () => {
    const limits = { ...NO_LIMITS, maxDurationMs: 5 };
    const bundle = await splittable<Sized>(sleeper, SDF_PROCESS_URN).processor({ limits });
    assert.equal((await bundle.run([at(sizedRange(0, 3))])).residuals.length, 1);
  });

  it("fails when the author stops with work missing", async () => {
    const bundle = await splittable<Sized>(forgetful, SDF_PROCESS_URN).processor();
    bundle.stage.start();
    await assert.rejects(Promise.resolve(bundle.push(at(sizedRange(0, 3)))), (error: BeamError) => {
      assert.match(error.message, /"Count"/);
      assert.match((error.cause as Error).message, /never claimed/);
      return true;
    });
    await assert.rejects(bundle.stage.finish(), BeamError);
  });

  it("splits a running restriction on the runner's demand", async () => {
    const bundle = await splittable<Sized>(count, SDF_PROCESS_URN).processor();
    assert.equal(bundle.stage.split(0.5), undefined, "nothing runs yet");
    bundle.stage.start();
    pace.ticks = () => 1;
    const processed = bundle.push(at(sizedRange(0, 10)));
    await new Promise((resolve) => setImmediate(resolve));
    const split = bundle.stage.split(0.5);
    await processed;
    const { residuals } = await bundle.stage.finish();
    assert.deepEqual(residuals, [], "the caller got the residual already");
    const rangeOf = (element: unknown): unknown => (element as WindowedValue<Sized>).value.key.value.key;
    const { to } = rangeOf(split?.primary) as OffsetRange;
    assert.deepEqual(rangeOf(split?.residual.element), { from: to, to: 10 });
    assert.deepEqual(bundle.values("main"), upTo(to));
    assert.equal(bundle.stage.split(0.5), undefined, "nothing runs any more");
  });

  it("checkpoints an author who never gives way to timers", async () => {
    const { values, bundles } = await runToTheEnd(busy, sizedRange(0, 50), { ...NO_LIMITS, maxDurationMs: 0 });
    assert.deepEqual(values, upTo(50));
    assert.equal(bundles, 50, "one position a bundle");
  });

  it("ends only when downstream has taken everything, awaited or not", async () => {
    remote.reset();
    const harness = new StageHarness<Sized>((input) => {
      const { main } = elementsOf<number>(input).apply(busy({}));
      return main.apply(withName("Call", callPlain({ pool: "calls", maxConcurrentCalls: 2 })));
    });
    const bundle = await harness.as(SDF_PROCESS_URN).processor();
    bundle.stage.start();
    let processed = false;
    const processing = Promise.resolve(bundle.push(at(sizedRange(0, 20)))).then(() => (processed = true));
    for (let answered = 0; answered < 20; answered++) {
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(processed, remote.calls.length === 20, "the last element is taken when its call begins");
      remote.calls[answered]?.answer();
    }
    await processing;
    const { residuals } = await bundle.stage.finish();
    assert.deepEqual(residuals, []);
    assert.deepEqual(bundle.values("main"), upTo(20));
    assert.equal(remote.maxOpen, 2);
  });

  it("begins nothing once a checkpoint was requested", async () => {
    const bundle = await splittable<Sized>(count, SDF_PROCESS_URN).processor();
    bundle.stage.start();
    bundle.stage.requestCheckpoint();
    await bundle.push(at(sizedRange(2, 9)));
    const { residuals } = await bundle.stage.finish();
    assert.deepEqual(bundle.values("main"), []);
    assert.deepEqual((residuals[0]?.element.value as Sized).key.value.key, { from: 2, to: 9 });
  });

  it("loses and repeats nothing under any limits, and its watermark never goes back", async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 0, max: 40 }),
      fc.record({ maxOutputs: fc.integer({ min: 0, max: 9 }), maxDurationMs: fc.constantFrom(0, 1, 3, Infinity) }),
      fc.infiniteStream(fc.nat(2)),
      fc.option(fc.integer({ min: 2, max: 5 }), { nil: undefined }),
      async (to, limits, ticks, pauseEvery) => {
        pace.ticks = () => Number(ticks.next().value ?? 0);
        pace.pauseAt = (position) => (pauseEvery !== undefined && position % pauseEvery === 0 ? 0 : undefined);
        let lastMs = -1;
        const { values } = await runToTheEnd(count, sizedRange(0, to), limits, (watermarkMs) => {
          assert.ok(watermarkMs > lastMs, "every bundle moves the watermark, however small it is");
          lastMs = watermarkMs;
        });
        assert.deepEqual(values, upTo(to));
      },
    );
    await fc.assert(property, { seed: 20_240_608, numRuns: 150 });
  });
});
