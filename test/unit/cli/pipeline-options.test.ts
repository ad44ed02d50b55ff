import assert from "node:assert/strict";
import { HelpWanted } from "../../../src/options";
import { readPipelineOptions } from "../../../src/cli/pipeline-options";
import { isFatal } from "../../support/chat/fatal";

const read = (line: string, environment = {}) => readPipelineOptions(line.split(" "), environment);

describe("options of npm run pipeline", () => {
  it("leave all behind the file to its build, whatever it looks like", () => {
    const { target, file, args } = read("own.ts out --runner flink --help");
    assert.deepEqual({ target, file }, { target: { kind: "direct", options: { check: false } }, file: "own.ts" });
    assert.deepEqual(args, ["out", "--runner", "flink", "--help"]);
  });

  it("are the job's for checkpoints, state and savepoints", () => {
    const { target } = read(
      "--runner flink --flink-master http://h:1 --checkpoint-interval 2s --state-backend rocksdb --checkpoint-dir s3://b/c --savepoint-dir /s --no-retain-checkpoints --from-savepoint /s/1 --allow-non-restored-state --sdk-workers 3 own.ts",
    );
    assert.deepEqual(target, {
      kind: "flink-cluster",
      url: "http://h:1",
      parallelism: 2,
      workers: 3,
      checkpointIntervalMs: 2_000,
      checkpointTimeoutMs: 600_000,
      maxBundleElements: 10_000,
      maxBundleMs: 100,
      stateBackend: "rocksdb",
      checkpointDirectory: "s3://b/c",
      savepointDirectory: "/s",
      retainCheckpoints: false,
      restore: { path: "/s/1", allowNonRestoredState: true },
      node: "node",
      leave: "when-stopped",
    });
    const kept = read("--runner flink --flink-master http://h:1 --detach own.ts").target;
    assert.ok(kept.kind === "flink-cluster");
    assert.equal(kept.retainCheckpoints, true);
    assert.equal(kept.leave, "once-it-runs");
  });

  it("refuse what the job refuses, in the same words", () => {
    const refused = (line: string, sentence: RegExp): void =>
      assert.throws(() => read(line), isFatal("BAD_OPTION", sentence));
    refused("--checkpoint-interval 1s own.ts", /^--checkpoint-interval is only of use with --runner flink\.$/);
    refused(
      "--runner flink --checkpoint-dir /c own.ts",
      /is only of use with --flink-master, the address of a cluster\.$/,
    );
    refused("--runner flink --allow-non-restored-state own.ts", /is only of use with --from-savepoint\.$/);
    refused("--runner flink --checkpoint-interval soon own.ts", /^--checkpoint-interval must be a duration/);
    refused("--detach own.ts", /^--detach is only of use with --runner flink\.$/);
    refused("--runner flink --detach own.ts", /^--detach is only of use with --flink-master/);
    refused("--runner flink", /^The file of the pipeline is missing/);
  });

  it("explain themselves", () => {
    assert.throws(
      () => read("--help"),
      (error) =>
        error instanceof HelpWanted && error.help.includes("--from-savepoint") && !error.help.includes("--stream"),
    );
  });
});
