import assert from "node:assert/strict";
import { managedPipelineOptions } from "../../../src/beam/portable/flink-options";
import { workerHeapMb } from "../../../src/job/managed";

/** Of a KPU, beside the Java heap. */
const NATIVE_MB = 1_024;

describe("the job on the managed service", () => {
  it("leaves half of a KPU's native memory to RocksDB and Java, whatever the number of workers", () => {
    for (const workers of [1, 2]) {
      const heapMb = workerHeapMb(workers);
      assert.ok(heapMb >= 96);
      assert.ok((heapMb + 130) * workers <= NATIVE_MB / 2);
    }
  });

  it("refuses more workers than fit", () => {
    for (const workers of [3, 16]) assert.throws(() => workerHeapMb(workers), /sdk-workers must be 2 at most/);
  });

  it("says nothing of what the service sets", () => {
    const options = managedPipelineOptions({ workers: 1, maxBundleElements: 10, maxBundleMs: 20 });
    const { finishBundleBeforeCheckpointing, streaming } = options;
    assert.deepEqual(
      { finishBundleBeforeCheckpointing, streaming },
      { finishBundleBeforeCheckpointing: true, streaming: true },
    );
    const owned = /parallelism$|checkpoint(?!ing$)|stateBackend|savepoint|retries|restart/i;
    const set = Object.keys(options).filter((name) => owned.test(name) && name !== "sdkWorkerParallelism");
    assert.deepEqual(set, []);
  });
});
