import assert from "node:assert/strict";
import { flinkConfiguration, onlyJobConfiguration } from "../../../../src/beam/flink/flink-configuration";

const OPTIONS = {
  isBounded: false,
  stateBackend: undefined,
  checkpointDirectory: undefined,
  savepointDirectory: undefined,
  retainCheckpoints: true,
} as const;

describe("Flink's own settings of a job", () => {
  it("restart jobs without end for ever, and bounded ones never", () => {
    assert.equal(flinkConfiguration(OPTIONS)["restart-strategy.type"], "exponential-delay");
    assert.equal(flinkConfiguration({ ...OPTIONS, isBounded: true })["restart-strategy.type"], "none");
  });

  it("say nothing of state where nothing was asked for", () => {
    const names = Object.keys(flinkConfiguration(OPTIONS));
    assert.deepEqual(
      names.filter((name) => name.startsWith("state.")),
      [],
    );
  });

  it("carry what was asked for", () => {
    const settings = flinkConfiguration({
      ...OPTIONS,
      stateBackend: "rocksdb",
      checkpointDirectory: "s3://b/checkpoints",
      savepointDirectory: "s3://b/savepoints",
      retainCheckpoints: false,
    });
    assert.equal(settings["state.backend.type"], "rocksdb");
    assert.equal(settings["state.checkpoints.dir"], "s3://b/checkpoints");
    assert.equal(settings["state.savepoints.dir"], "s3://b/savepoints");
    const retention = "execution.checkpointing.externalized-checkpoint-retention";
    assert.equal(settings[retention], "DELETE_ON_CANCELLATION");
    assert.equal(flinkConfiguration(OPTIONS)[retention], "RETAIN_ON_CANCELLATION");
  });

  it("are those of a Flink that runs one job alone", () => {
    const alone = { ...OPTIONS, savepointDirectory: "/s" };
    assert.deepEqual(onlyJobConfiguration(alone), { "state.savepoints.dir": "file:///s" });
    const more = { ...alone, stateBackend: "rocksdb", savepointDirectory: "s3://b/s" } as const;
    const restore = { path: "/s/1", allowNonRestoredState: true };
    assert.deepEqual(onlyJobConfiguration({ ...more, restore }), {
      "state.savepoints.dir": "s3://b/s",
      "state.backend.type": "rocksdb",
      "execution.savepoint.path": "/s/1",
      "execution.savepoint.ignore-unclaimed-state": "true",
    });
  });
});
