import assert from "node:assert/strict";
import { flinkPipelineOptions } from "../../../../src/beam/flink/flink-options";

const OPTIONS = {
  isBounded: false,
  parallelism: 2,
  workers: 3,
  checkpointIntervalMs: 10_000,
  maxBundleElements: 500,
  maxBundleMs: 100,
} as const;

describe("Options of a pipeline on Flink", () => {
  it("are those of a stream that never loses a bundle's output, bounded or not", () => {
    for (const isBounded of [true, false]) {
      const options = flinkPipelineOptions({ ...OPTIONS, isBounded });
      assert.equal(options["streaming"], true);
      assert.equal(options["finishBundleBeforeCheckpointing"], true);
    }
  });

  it("carry what was asked for", () => {
    const { parallelism, sdkWorkerParallelism, checkpointingInterval, maxBundleSize, maxBundleTimeMills } =
      flinkPipelineOptions(OPTIONS);
    assert.deepEqual(
      { parallelism, sdkWorkerParallelism, checkpointingInterval, maxBundleSize, maxBundleTimeMills },
      {
        parallelism: 2,
        sdkWorkerParallelism: 3,
        checkpointingInterval: 10_000,
        maxBundleSize: 500,
        maxBundleTimeMills: 100,
      },
    );
  });

  it("let no failed checkpoint end the job, and take its time from the caller", () => {
    assert.equal(flinkPipelineOptions(OPTIONS)["failOnCheckpointingErrors"], false);
    assert.equal("checkpointTimeoutMillis" in flinkPipelineOptions(OPTIONS), false);
    const options = flinkPipelineOptions({ ...OPTIONS, checkpointTimeoutMs: 600_000 });
    assert.equal(options["checkpointTimeoutMillis"], 600_000);
  });

  it("keep an endless pipeline's Impulse alone at any parallelism, so that savepoints fit", () => {
    const chains = (parallelism: number, isBounded = false): unknown =>
      flinkPipelineOptions({ ...OPTIONS, parallelism, isBounded })["operatorChaining"];
    assert.deepEqual([chains(1), chains(2), chains(1, true)], [false, undefined, undefined]);
  });

  it("end idle sources and fail at once only when the pipeline is bounded", () => {
    assert.ok("shutdownSourcesAfterIdleMs" in flinkPipelineOptions({ ...OPTIONS, isBounded: true }));
    const unbounded = flinkPipelineOptions(OPTIONS);
    assert.equal("shutdownSourcesAfterIdleMs" in unbounded, false);
    assert.equal("numberOfExecutionRetries" in unbounded, false);
  });
});
