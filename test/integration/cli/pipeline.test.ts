/** `npm run pipeline` stops, continues and detaches its job as `npm start` does. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type FlinkCluster, startFlinkCluster } from "../../support/flink/cluster";
import { cancelAll, liveJobs } from "../../support/flink/jobs";
import { command } from "../../support/processes/npm";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const PIPELINE = "test/support/pipelines/count-for-ever.ts";
const STOPS = "test/support/pipelines/count-to-an-end.ts";
/** Signals closer together count as one. */
const SECOND_WISH_MS = 3_000;
const LIMIT_MS = 120_000;

function start(...args: readonly string[]) {
  const { process: child, ended } = command(["pipeline", ...args]);
  return { ended, stop: () => child.kill("SIGINT") };
}

describe("npm run pipeline", function () {
  this.timeout(3 * LIMIT_MS);
  let folder: string;

  before(async () => {
    folder = makeFolder("pipeline-command");
  });
  after(() => removeFolder(folder));

  const numbersIn = (file: string): readonly number[] =>
    existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").map(Number) : [];
  const counts = (file: string): Promise<void> =>
    until(`numbers in ${file}`, () => numbersIn(file).length >= 10, LIMIT_MS);

  it("keeps what is under way in a savepoint when Ctrl-C stops it, and goes on from there", async () => {
    const flink = ["--runner", "flink", "--data-dir", folder];
    const [first, second] = [path.join(folder, "first"), path.join(folder, "second")];
    const run = start(...flink, PIPELINE, first);
    await counts(first);
    run.stop();
    const { exitCode, stdout, stderr } = await run.ended;
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^countForEver counted: [1-9]\d*$/m);
    assert.match(stderr, /^Stopping: what is under way is kept in a savepoint/m);
    const [, kept = ""] = /^ {2}npm run pipeline -- --runner flink --from-savepoint (\S+)$/m.exec(stderr) ?? [];
    assert.ok(existsSync(path.join(fileURLToPath(kept), "_metadata")), stderr);

    const more = start(...flink, "--from-savepoint", kept, PIPELINE, second);
    try {
      // The savepoint holds the file's name with the element, so the restored job writes to the first file.
      const before = numbersIn(first).length;
      await until("more numbers", () => numbersIn(first).length > before + 10, LIMIT_MS);
      assert.deepEqual(numbersIn(second), []);
      const numbers = numbersIn(first);
      assert.deepEqual(numbers.slice(before - 1, before + 2), [before - 1, before, before + 1]);
    } finally {
      more.stop();
      await more.ended;
    }
  });

  it("ends on Flink, as it does here, when a source without an end has stopped by itself", async () => {
    const [here, onFlink] = [path.join(folder, "here"), path.join(folder, "on-flink")];
    const ends = [
      await start(STOPS, here).ended,
      await start("--runner", "flink", "--data-dir", folder, STOPS, onFlink).ended,
    ];
    for (const { exitCode, stdout, stderr } of ends) {
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^save saved: 4$/m);
    }
    assert.equal(readFileSync(onFlink, "utf8"), readFileSync(here, "utf8"));
  });

  it("ends at once with a second Ctrl-C, what is under way dropped", async () => {
    const file = path.join(folder, "hanging");
    const run = start(PIPELINE, file, "hangs");
    await counts(file);
    run.stop();
    await sleep(SECOND_WISH_MS);
    run.stop();
    const { exitCode, stdout, stderr } = await run.ended;
    assert.equal(exitCode, 130, stdout + stderr);
    assert.match(stdout, /^countForEver counted: [1-9]\d*$/m);
  });

  describe("on a cluster", () => {
    let cluster: FlinkCluster;

    before(async () => {
      cluster = await startFlinkCluster({ taskManagers: 1 });
    });
    afterEach(() => cancelAll(cluster));
    after(() => cluster?.stop());

    const onCluster = (...args: readonly string[]) =>
      start("--runner", "flink", "--flink-master", cluster.restUrl, ...args);

    it("leaves the job to itself with Ctrl-C", async () => {
      const file = path.join(folder, "left");
      const run = onCluster(PIPELINE, file);
      await counts(file);
      run.stop();
      const { exitCode, stderr } = await run.ended;
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /^The job runs on without this command\.$/m);
      const [job = ""] = await liveJobs(cluster);
      assert.match(stderr, new RegExp(`^ +Job +${job} `, "m"));
    });

    it("ends with the job when a source without an end has stopped by itself", async () => {
      const file = path.join(folder, "to-its-end");
      const { exitCode, stdout, stderr } = await onCluster(STOPS, file).ended;
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^save saved: 4$/m);
      assert.equal(numbersIn(file).length, 4);
    });

    it("leaves it with --detach as soon as it runs", async () => {
      const { exitCode, stderr } = await onCluster("--detach", PIPELINE, path.join(folder, "detached")).ended;
      assert.equal(exitCode, 0, stderr);
      assert.equal((await liveJobs(cluster)).length, 1);
      await counts(path.join(folder, "detached"));
    });
  });
});
