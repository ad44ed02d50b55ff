/** Many bundles, most good, some failing: the memory that a worker keeps must not depend on their number. */
import assert from "node:assert/strict";
import type { WorkerLoad } from "../../../../src/beam/harness/load";
import { collectGarbage } from "../../../support/processes/garbage";
import { remote } from "../operators/fns";
import { calls, evenOdd, sizedRange, splittable, throwOn } from "./stages";
import { WorkerFixture } from "./worker-fixture";

const BUNDLES = Number(process.env["BUNDLES"] ?? (process.env["SOAK"] === "1" ? 1_000_000 : 6_000));
const CONCURRENT = 8;
/** Growth between the two measurements; the caches of compiled code and of gRPC move by some hundred kilobytes. */
const MAX_GROWTH_BYTES = 1_500_000;

async function heapUsed(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().heapUsed;
}

describe("a worker's memory", () => {
  const fixture = new WorkerFixture();
  afterEach(() => fixture.stop());

  it(`is flat over ${BUNDLES} bundles, failing ones among them`, async function () {
    this.timeout(0);
    remote.reset();
    remote.automatic = () => 0;
    let load = (): WorkerLoad => assert.fail("the worker did not start");
    const runner = await fixture.start({ withoutLogging: false }, { onStarted: (own) => (load = own) });
    const stages = [
      () => evenOddStage.run([1, 2, 3]),
      () => callStage.run([4, 5]),
      () => splitStage.run([sizedRange(0, 20)]),
      () => failing.run([1, 13]),
    ];
    const evenOddStage = evenOdd(runner);
    const callStage = calls(runner);
    const splitStage = splittable(runner);
    const failing = throwOn(runner, 13);
    let next = 0;
    let failed = 0;
    const runSome = async (until: number): Promise<void> => {
      while (next < until) {
        // One in a hundred fails.
        const at = next++;
        const { error } = await stages[at % 100 === 99 ? 3 : at % 3]!();
        if (error !== "") failed++;
        remote.calls.length = 0;
        runner.logs.length = 0;
      }
    };
    const run = (until: number): Promise<unknown> =>
      Promise.all(Array.from({ length: CONCURRENT }, () => runSome(until)));
    await run(BUNDLES / 3);
    const before = await heapUsed();
    await run(BUNDLES);
    const after = await heapUsed();
    // One entry for each bundle would be lost among the caches of compiled code, so sizes are compared.
    const { idleProcessors, failedInstructions, ...others } = load();
    assert.deepEqual(others, { runningBundles: 0, descriptors: stages.length, dataQueues: 0, bufferedBytes: 0 });
    assert.ok(idleProcessors <= CONCURRENT * stages.length, `${idleProcessors} processors are idle`);
    assert.ok(failedInstructions <= Math.min(failed, 1_000), `${failedInstructions} failed ones are remembered`);
    assert.equal(failed, Math.floor(BUNDLES / 100));
    assert(after - before < MAX_GROWTH_BYTES, `${after - before} bytes more after ${BUNDLES} bundles`);
    if (process.env["BUNDLES"] !== undefined) console.log({ before, after, rss: process.memoryUsage().rss });
  });
});
