import assert from "node:assert/strict";
import fc from "fast-check";
import type { Batching } from "../../../../src/beam/authoring";
import { withName } from "../../../../src/beam/sdk";
import { BeamError } from "../../../../src/beam/error";
import { callBatched, callPlain, evenOdd, remote, throwOn } from "./fns";
import { at, newScope, StageHarness } from "./stage-harness";

const NEVER: Batching = { maxCount: 1000, maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: 2 ** 40 };

function plain(pool = "plain", maxConcurrentCalls = 2) {
  return new StageHarness<number>((input) => input.apply(withName("Call", callPlain({ pool, maxConcurrentCalls }))));
}

function batched(batching: Batching, maxConcurrentCalls = 2) {
  const calls = callBatched({ pool: "batched", maxConcurrentCalls, batching });
  return new StageHarness<number>((input) => input.apply(withName("Batch", calls)));
}

function ticks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const sorted = (values: number[]): number[] => [...values].sort((a, b) => a - b);
const called = (): (readonly number[])[] => remote.calls.map(({ values }) => values);

describe("asynchronous DoFns", () => {
  beforeEach(() => remote.reset());

  it("waits when every call of the pool is taken, and goes on when one ends", async () => {
    const bundle = await plain().processor();
    bundle.stage.start();
    assert.equal(bundle.push(at(1)), undefined);
    assert.equal(bundle.push(at(2)), undefined);
    let resumed = false;
    const third = Promise.resolve(bundle.push(at(3))).then(() => (resumed = true));
    await ticks();
    assert.equal(resumed, false);
    assert.deepEqual(called(), [[1], [2]]);
    remote.calls[1]?.answer();
    await third;
    assert.deepEqual(called(), [[1], [2], [3]]);
    assert.deepEqual(bundle.values("main"), [2], "results leave as they come");
    remote.calls[0]?.answer();
    remote.calls[2]?.answer();
    await bundle.stage.finish();
    assert.deepEqual(sorted(bundle.values("main")), [1, 2, 3]);
  });

  it("finishes a bundle only when all its calls have settled", async () => {
    const bundle = await plain().processor();
    bundle.stage.start();
    await bundle.push(at(1));
    let finished = false;
    const finish = bundle.stage.finish().then(() => (finished = true));
    await ticks();
    assert.equal(finished, false);
    remote.calls[0]?.answer();
    await finish;
    assert.deepEqual(bundle.values("main"), [1]);
  });

  it("shares a pool's limit between the bundles of the process", async () => {
    const scope = newScope();
    const harness = plain();
    const [a, b] = [await harness.processor({ scope }), await harness.processor({ scope })];
    a.stage.start();
    b.stage.start();
    await a.push(at(1));
    await b.push(at(2));
    const waiting = b.push(at(3));
    assert.ok(waiting instanceof Promise);
    assert.equal(remote.open, 2);
    remote.calls[0]?.answer();
    await waiting;
    assert.equal(remote.open, 2);
    await a.stage.finish();
    remote.calls[1]?.answer();
    remote.calls[2]?.answer();
    await b.stage.finish();
    assert.deepEqual([a.values("main"), sorted(b.values("main"))], [[1], [2, 3]]);
  });

  it("fails the bundle of a rejected call, names the stage, and keeps hidden text out", async () => {
    const bundle = await plain().processor({ authorText: "hidden" });
    bundle.stage.start();
    await bundle.push(at(1));
    await bundle.push(at(2));
    const waiting = Promise.resolve(bundle.push(at(3)));
    remote.calls[0]?.fail(new Error("secret"));
    const isNamed = (error: unknown): boolean => {
      assert.ok(error instanceof BeamError);
      assert.equal(error.code, "PIPELINE");
      assert.match(error.message, /"Call"/);
      assert.doesNotMatch(error.message, /secret/);
      assert.equal((error.cause as Error).message, "secret");
      return true;
    };
    await assert.rejects(waiting, isNamed);
    await assert.rejects(bundle.stage.finish(), isNamed);
    await bundle.stage.teardown();
    remote.calls[1]?.answer();
    await ticks();
    assert.deepEqual(bundle.values("main"), [], "what a failed bundle's calls emit is dropped");
    assert.equal(remote.torndown, 1);
  });

  it("leaves other bundles' room in the pool after a failure", async () => {
    const scope = newScope();
    const harness = plain("plain", 1);
    const [bad, good] = [await harness.processor({ scope }), await harness.processor({ scope })];
    bad.stage.start();
    good.stage.start();
    await bad.push(at(1));
    const waiting = Promise.resolve(bad.push(at(2)));
    const other = good.push(at(3));
    remote.calls[0]?.fail(new Error("broken"));
    await assert.rejects(waiting);
    await other;
    assert.deepEqual(called(), [[1], [3]], "the failed bundle's queued element is never called for");
    remote.calls[1]?.answer();
    await good.stage.finish();
    assert.deepEqual(good.values("main"), [3]);
  });

  it("sends a batch when it is full by count, or by bytes", async () => {
    const byCount = await batched({ ...NEVER, maxCount: 2 }).processor();
    byCount.stage.start();
    for (const value of [1, 2, 3]) await byCount.push(at(value));
    assert.deepEqual(called(), [[1, 2]]);
    remote.reset();

    const byBytes = await batched({ ...NEVER, maxBytes: 10 }, 9).processor();
    byBytes.stage.start();
    for (const value of [4, 5, 6, 50, 1]) await byBytes.push(at(value));
    assert.deepEqual(called(), [[4, 5], [6], [50]], "an element that is too large for any batch goes alone");
  });

  it("sends a batch when it is old", async () => {
    const bundle = await batched({ ...NEVER, maxAgeMs: 5 }).processor();
    bundle.stage.start();
    await bundle.push(at(1));
    await bundle.push(at(2));
    assert.deepEqual(called(), []);
    while (remote.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.deepEqual(called(), [[1, 2]]);
  });

  it("sends a batch as soon as all bundles with elements in it are finishing", async () => {
    const scope = newScope();
    const harness = batched(NEVER);
    const [a, b, idle] = [
      await harness.processor({ scope }),
      await harness.processor({ scope }),
      await harness.processor({ scope }),
    ];
    for (const { stage } of [a, b, idle]) stage.start();
    await a.push(at(1));
    await b.push(at(2));
    const finishA = a.stage.finish();
    await ticks();
    assert.deepEqual(called(), [], "b could still add to it");
    const finishB = b.stage.finish();
    await ticks();
    assert.deepEqual(called(), [[1, 2]], "the idle bundle has nothing in it");
    remote.calls[0]?.answer();
    await Promise.all([finishA, finishB]);
    assert.deepEqual([a.values("main"), b.values("main")], [[1], [2]], "each result leaves with its own bundle");
  });

  it("fails every bundle with an element in a rejected batch", async () => {
    const scope = newScope();
    const harness = batched({ ...NEVER, maxCount: 2 });
    const [a, b] = [await harness.processor({ scope }), await harness.processor({ scope })];
    a.stage.start();
    b.stage.start();
    await a.push(at(1));
    await b.push(at(2));
    remote.calls[0]?.fail(new Error("broken"));
    await assert.rejects(a.stage.finish(), BeamError);
    await assert.rejects(b.stage.finish(), BeamError);
  });

  it("takes a failed bundle's elements out of the forming batch", async () => {
    const scope = newScope();
    const calls = callBatched({ pool: "batched", maxConcurrentCalls: 2, batching: NEVER });
    const harness = new StageHarness<number>((input) => {
      const { main } = input.apply(withName("Check", throwOn({ bad: 7 })));
      return main.apply(withName("Batch", calls));
    });
    const [bad, good] = [await harness.processor({ scope }), await harness.processor({ scope })];
    bad.stage.start();
    good.stage.start();
    await bad.push(at(1));
    await good.push(at(2));
    assert.throws(() => bad.push(at(7)), /"Check"/);
    await bad.stage.teardown();
    const finish = good.stage.finish();
    await ticks();
    assert.deepEqual(called(), [[2]]);
    remote.calls[0]?.answer();
    await finish;
  });

  it("lets two stages that share a pool run one after the other without a deadlock", async () => {
    const harness = new StageHarness<number>((input) => {
      const { main } = input.apply(withName("First", callPlain({ pool: "shared", maxConcurrentCalls: 1 })));
      return main.apply(withName("Second", callPlain({ pool: "shared", maxConcurrentCalls: 1 })));
    });
    remote.automatic = () => 1;
    const bundle = await harness.processor();
    await bundle.run([1, 2, 3, 4, 5].map((value) => at(value)));
    assert.deepEqual(sorted(bundle.values("main")), [1, 2, 3, 4, 5]);
  });

  it("refuses one pool with two limits", async () => {
    const harness = new StageHarness<number>((input) => {
      const { main } = input.apply(withName("First", callPlain({ pool: "shared", maxConcurrentCalls: 1 })));
      return main.apply(withName("Second", callPlain({ pool: "shared", maxConcurrentCalls: 2 })));
    });
    await assert.rejects(harness.processor(), /The pool "shared" is given two limits, 1 and 2/);
  });

  it("drains a fused stage of synchronous, asynchronous and batched DoFns, whatever the timing", async () => {
    const seed = 20_240_607;
    const property = fc.asyncProperty(
      fc.array(fc.array(fc.nat(9), { maxLength: 12 }), { maxLength: 5 }),
      fc.record({ first: fc.integer({ min: 1, max: 4 }), second: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ maxCount: fc.integer({ min: 1, max: 4 }), maxBytes: fc.integer({ min: 1, max: 20 }) }),
      fc.infiniteStream(fc.nat(4)),
      async (bundles, limits, batching, delays) => {
        remote.reset();
        remote.automatic = () => Number(delays.next().value ?? 0);
        const scope = newScope();
        const harness = new StageHarness<number>((input) => {
          const { even, odd } = input.apply(withName("Tag", evenOdd()));
          const first = even.apply(withName("First", callPlain({ pool: "a", maxConcurrentCalls: limits.first })));
          const bounds = { ...batching, maxAgeMs: 2 ** 40 };
          const calls = callBatched({ pool: "b", maxConcurrentCalls: limits.second, batching: bounds });
          const second = first.main.apply(withName("Second", calls));
          return { even: second.main, odd };
        });
        await Promise.all(
          bundles.map(async (values) => {
            const bundle = await harness.processor({ scope });
            await bundle.run(values.map((value) => at(value)));
            const isEven = (value: number): boolean => value % 2 === 0;
            assert.deepEqual(sorted(bundle.values("even")), sorted(values.filter(isEven)));
            assert.deepEqual(
              bundle.values("odd"),
              values.filter((value) => !isEven(value)),
            );
          }),
        );
        assert.equal(remote.open, 0);
        assert.ok(remote.maxOpen <= limits.first + limits.second);
        for (const { values } of remote.calls) assert.ok(values.length <= Math.max(1, batching.maxCount));
      },
    );
    await fc.assert(property, { seed, numRuns: 60 });
  });
});
