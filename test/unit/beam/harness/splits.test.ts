import assert from "node:assert/strict";
import { OffsetRangeTracker } from "../../../../src/beam/authoring";
import { runnerApi } from "../../../../src/beam/sdk";
import type { fnApi } from "../../../../src/beam/sdk/fn-api";
import type { SizedElementAndRestriction } from "../../../../src/beam/operators/splittable-element";
import { remote } from "../operators/fns";
import { pace } from "../operators/splittable-fns";
import type { FakeRunner } from "./fake-runner";
import { type FakeStage, SOURCE } from "./fake-stage";
import { calls, closeGate, gate, gated, gatedRanges, sizedRange, splittable } from "./stages";
import { until, WorkerFixture } from "./worker-fixture";

async function split(
  runner: FakeRunner,
  instructionId: string,
  fractionOfRemainder: number,
  estimatedInputElements: number,
  allowedSplitPoints: readonly number[] = [],
): Promise<fnApi.ProcessBundleSplitResponse> {
  const desired = {
    fractionOfRemainder,
    estimatedInputElements: BigInt(estimatedInputElements),
    allowedSplitPoints: allowedSplitPoints.map(BigInt),
  };
  const { error, response } = await runner.instruct({
    oneofKind: "processBundleSplit",
    processBundleSplit: { instructionId, desiredSplits: { [SOURCE]: desired } },
  });
  assert.equal(error, "");
  assert(response.oneofKind === "processBundleSplit");
  return response.processBundleSplit;
}

function rangeOf(stage: FakeStage<SizedElementAndRestriction>, application?: fnApi.BundleApplication): unknown {
  const [element] = stage.decodeInput(application!.element);
  return (element!.value as SizedElementAndRestriction).key.value.key;
}

describe("a worker's splits", () => {
  const fixture = new WorkerFixture();

  beforeEach(() => remote.reset());
  afterEach(() => fixture.stop());

  it("give away elements that the source has not begun, sent or not, and drop them when they come", async () => {
    const runner = await fixture.start();
    const stage = calls(runner, 1);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    await runner.send(instructionId, SOURCE, stage.encode([0, 1, 2, 3]));
    await until(() => remote.calls.length === 1);
    const { channelSplits, residualRoots } = await split(runner, instructionId, 0.5, 8);
    const [{ transformId, lastPrimaryElement, firstResidualElement }] = channelSplits as [
      fnApi.ProcessBundleSplitResponse_ChannelSplit,
    ];
    assert.equal(transformId, SOURCE);
    assert.equal(firstResidualElement, lastPrimaryElement + 1n);
    assert.deepEqual(residualRoots, []);
    const kept = Number(firstResidualElement);
    assert(kept >= 2 && kept <= 6, `${kept} elements are kept`);
    const nearer = await split(runner, instructionId, 0.5, 8, [3, 7]);
    assert.deepEqual(
      nearer.channelSplits.map((own) => own.firstResidualElement),
      [3n],
    );
    await runner.send(instructionId, SOURCE, stage.encode([4, 5, 6, 7]), true);
    remote.automatic = () => 0;
    remote.calls[0]!.answer();
    const outcome = await stage.outcome(instructionId, await answer);
    assert.deepEqual(outcome.values("main"), [0, 1, 2]);
    // The next bundle of the same processor is whole again.
    assert.deepEqual((await stage.run([0, 1, 2, 3, 4])).values("main"), [0, 1, 2, 3, 4]);
  });

  it("split the restriction being processed, and say what goes on here and what does not", async () => {
    const runner = await fixture.start();
    const stage = splittable(runner, gated);
    const open = closeGate(3);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    await runner.send(instructionId, SOURCE, stage.encode([sizedRange(0, 20), sizedRange(0, 7)]), true);
    await until(() => gate.isReached);
    const progress = await runner.instruct({
      oneofKind: "processBundleProgress",
      processBundleProgress: { instructionId },
    });
    assert(progress.response.oneofKind === "processBundleProgress");
    const work = progress.response.processBundleProgress.monitoringInfos
      .filter(({ type }) => type === "beam:metrics:progress:v1")
      .map(({ urn, payload }) => [urn, Buffer.from(payload).readInt32BE(0), Buffer.from(payload).readDoubleBE(4)]);
    assert.deepEqual(work, [
      ["beam:metric:ptransform_progress:completed:v1", 1, 4],
      ["beam:metric:ptransform_progress:remaining:v1", 1, 16],
    ]);
    const { primaryRoots, residualRoots, channelSplits } = await split(runner, instructionId, 0, 2);
    assert.deepEqual(rangeOf(stage, primaryRoots[0]), { from: 0, to: 4 });
    assert.deepEqual(rangeOf(stage, residualRoots[0]?.application), { from: 4, to: 20 });
    assert.equal(residualRoots[0]?.application?.transformId, stage.harness.onlyTransformId);
    assert.deepEqual(
      channelSplits.map(({ lastPrimaryElement, firstResidualElement }) => [lastPrimaryElement, firstResidualElement]),
      [[-1n, 1n]],
    );
    open();
    const outcome = await stage.outcome(instructionId, await answer);
    assert.equal(outcome.error, "");
    assert.deepEqual(outcome.values("main"), [0, 1, 2, 3]);
    assert.deepEqual(outcome.response.residualRoots, []);
  });

  it("of a bundle that is not there are empty", async () => {
    const runner = await fixture.start();
    const nothing = await split(runner, "instruction-of-yesterday", 0.5, 10);
    assert.deepEqual(nothing, { primaryRoots: [], residualRoots: [], channelSplits: [] });
  });
});

/** Trackers with one mistake each. */
class Unmeasured extends OffsetRangeTracker {
  override progress(): never {
    throw new RangeError("nothing to measure by");
  }
}

class Mismeasured extends OffsetRangeTracker {
  override progress() {
    return { ...super.progress(), remaining: NaN };
  }
}

class Unsplit extends OffsetRangeTracker {
  override trySplit(): never {
    throw new RangeError("nowhere to split");
  }
}

const unmeasured = gatedRanges("test/unmeasured", (_element, range) => new Unmeasured(range));
const mismeasured = gatedRanges("test/mismeasured", (_element, range) => new Mismeasured(range));
const unsplit = gatedRanges("test/unsplit", (_element, range) => new Unsplit(range));

describe("an author's mistake in a tracker", () => {
  const fixture = new WorkerFixture();
  afterEach(() => fixture.stop());

  /** Asks about a bundle that waits within its restriction, and returns the bundle's error. */
  async function failing(fn: typeof gated, ask: (runner: FakeRunner, instructionId: string) => Promise<unknown>) {
    const runner = await fixture.start();
    const stage = splittable(runner, fn);
    const open = closeGate(3);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    await runner.send(instructionId, SOURCE, stage.encode([sizedRange(0, 20)]), true);
    await until(() => gate.isReached);
    await ask(runner, instructionId);
    open();
    return (await stage.outcome(instructionId, await answer)).error;
  }

  const askTwice = async (runner: FakeRunner, instructionId: string): Promise<void> => {
    const processBundleProgress = { instructionId };
    for (let times = 0; times < 2; times++) {
      const { error, response } = await runner.instruct({
        oneofKind: "processBundleProgress",
        processBundleProgress,
      });
      assert.equal(error, "");
      assert(response.oneofKind === "processBundleProgress");
      assert.ok(response.processBundleProgress.monitoringInfos.length > 0, "counts are told all the same");
    }
  };

  it("fails the bundle with its place when its progress throws", async () => {
    const error = await failing(unmeasured, askTwice);
    assert.match(error, /^The stage "Count" failed with RangeError: nothing to measure by \(at .*progress .*splits/);
  });

  it("fails the bundle when its progress is no number", async () => {
    const error = await failing(mismeasured, askTwice);
    assert.match(error, /^The stage "Count" failed: A tracker's progress must be its completed and its remaining work/);
  });

  it("fails the bundle when its split throws, since the rest may be nobody's", async () => {
    const error = await failing(unsplit, async (runner, instructionId) => {
      const desired = { fractionOfRemainder: 0, estimatedInputElements: 1n, allowedSplitPoints: [] };
      const answer = await runner.instruct({
        oneofKind: "processBundleSplit",
        processBundleSplit: { instructionId, desiredSplits: { [SOURCE]: desired } },
      });
      assert.match(answer.error, /^The stage "Count" failed with RangeError: nowhere to split/);
    });
    assert.match(error, /^The stage "Count" failed with RangeError: nowhere to split \(at .*trySplit .*splits/);
  });
});

describe("a worker's residuals", () => {
  const fixture = new WorkerFixture();
  beforeEach(() => {
    pace.ticks = () => 0;
    pace.pauseAt = () => undefined;
  });
  afterEach(() => fixture.stop());

  it("carry the rest of a restriction, its watermark and its delay, and lose nothing when they run again", async () => {
    const runner = await fixture.start();
    const stage = splittable(runner);
    pace.pauseAt = (position) => (position === 4 ? 1_500 : undefined);
    const first = await stage.run([sizedRange(0, 10)]);
    assert.deepEqual(first.values("main"), [0, 1, 2, 3, 4]);
    const [root, ...more] = first.response.residualRoots;
    assert.deepEqual(more, []);
    const { application, requestedTimeDelay } = root!;
    assert.deepEqual(rangeOf(stage, application), { from: 5, to: 10 });
    assert.deepEqual(requestedTimeDelay, { seconds: 1n, nanos: 500_000_000 });
    assert.deepEqual(application?.outputWatermarks, { main: { seconds: 0n, nanos: 4_000_000 } });
    assert.equal(application.isBounded, runnerApi.IsBounded_Enum.BOUNDED);
    const transform = stage.descriptor.transforms[application.transformId]!;
    assert.equal(transform.inputs[application.inputId], stage.harness.inputId);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    await runner.send(instructionId, SOURCE, application.element, true);
    const second = await stage.outcome(instructionId, await answer);
    assert.deepEqual(second.values("main"), [5, 6, 7, 8, 9]);
    assert.deepEqual(second.response.residualRoots, []);
  });

  it("come when a bundle's limits are reached", async () => {
    const runner = await fixture.start({}, { limits: { maxOutputs: 3, maxDurationMs: 1e9 } });
    const { values, response } = await splittable(runner).run([sizedRange(0, 10)]);
    assert.deepEqual(values("main"), [0, 1, 2]);
    assert.equal(response.residualRoots.length, 1);
  });
});
