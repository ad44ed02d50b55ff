/**
 * Mistakes in the file of `npm run pipeline`: each ends with a sentence that names place and cure, and an exit code
 * other than 0.
 */
import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { command } from "../support/processes/npm";
import { makeFolder, removeFolder } from "../support/temporary-folder";

const PIPELINE = "test/support/pipelines/mistaken-pipeline.ts";

const run = (...args: readonly string[]) => runWith({}, ...args);
const runWith = (environment: NodeJS.ProcessEnv, ...args: readonly string[]) =>
  command(["pipeline", ...args], environment).ended;

describe("mistakes in a pipeline of one's own", function () {
  this.timeout(180_000);
  let folder: string;

  before(async () => {
    folder = makeFolder("pipeline-mistakes");
  });
  after(() => removeFolder(folder));

  it("a DoFn's error is told with its words, its place and its stack", async () => {
    const { exitCode, stderr } = await run(PIPELINE, "throws");
    assert.equal(exitCode, 1, stderr);
    assert.match(
      stderr,
      /^The stage "look" failed with TypeError: two is too much \(at .*mistaken-pipeline\.ts:\d+:\d+\)\)\.$/m,
    );
    assert.match(stderr, /^ {4}at .*mistaken-pipeline\.ts:\d+:\d+\)$/m);
  });

  it("so it is on Flink, with what the workers have printed", async () => {
    const { exitCode, stderr } = await run("--runner", "flink", "--data-dir", folder, PIPELINE, "throws");
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /^saw one$/m);
    assert.match(
      stderr,
      /^The stage "look" failed with TypeError: two is too much \(at .*test\/support\/pipelines\/mistaken-pipeline\.ts:\d+:\d+\)\)\.$/m,
    );
    assert.match(stderr, /^ {4}at .*mistaken-pipeline\.ts:\d+:\d+\)$/m);
  });

  it("a build that fails later is waited for", async () => {
    const { exitCode, stderr } = await run(PIPELINE, "build");
    assert.equal(exitCode, 1, stderr);
    assert.match(
      stderr,
      /^The pipeline cannot be built: build failed with Error: nobody said where to read \(at .*mistaken-pipeline\.ts/m,
    );
  });

  it("a promise that nobody waits for is refused", async () => {
    const { exitCode, stderr } = await run(PIPELINE, "promise");
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /^The stage "look" failed: process returned a promise: use asyncDoFn/m);
  });

  it("a build that waits for what never comes ends with a sentence", async () => {
    const { exitCode, stderr } = await run(PIPELINE, "stuck");
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /^The pipeline cannot be built: build waits for a promise that nothing will ever settle\./m);
  });

  it("a DoFn that is defined within build is refused at its place", async () => {
    const { exitCode, stderr } = await run(PIPELINE, "doFn");
    assert.equal(exitCode, 1, stderr);
    assert.match(
      stderr,
      /^The pipeline cannot be built: build failed: the DoFn "late" is defined while the pipeline is built, .*: define it at the top level .* \(at .*mistaken-pipeline\.ts:\d+:\d+\)\)\.$/m,
    );
  });

  it("a worker that cannot start on Flink is told of with what it said", async () => {
    const args = ["--runner", "flink", "--data-dir", folder, PIPELINE];
    const { exitCode, stderr } = await runWith({ MISTAKE: "start" }, ...args);
    assert.equal(exitCode, 1, stderr);
    assert.match(
      stderr,
      /^A worker ended at its start with exit code 1; the last error of its workers: Error: no licence$/m,
    );
  });

  it("what shows in the pipeline is refused before a Flink is fetched or started", async () => {
    const data = path.join(folder, "nothing");
    await mkdir(data);
    const { exitCode, stderr } = await run("--runner", "flink", "--data-dir", data, PIPELINE, "coder");
    assert.equal(exitCode, 1, stderr);
    assert.match(
      stderr,
      /^The coder "test:coder:late" is made while the pipeline is built, so no worker knows it: make it/,
    );
    assert.deepEqual(await readdir(data), []);
  });

  it("a folder that cannot be used is refused with the option that names another", async () => {
    const { exitCode, stderr } = await run("--runner", "flink", "--data-dir", "/dev/null/data", PIPELINE);
    assert.equal(exitCode, 1, stderr);
    assert.match(
      stderr,
      /^The data folder \/dev\/null\/data cannot be written: choose another\. The option for that is --data-dir\.$/m,
    );
  });

  it("what a coder would change is refused with --check, as it is where it is encoded", async () => {
    assert.equal((await run(PIPELINE, "map")).exitCode, 0);
    const { exitCode, stderr } = await run("--check", PIPELINE, "map");
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /^The stage "[^"]+" failed: The SDK's default coder takes .*, not an instance of Map\.$/m);
  });
});
