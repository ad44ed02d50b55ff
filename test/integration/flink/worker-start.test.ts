/**
 * The job's worker as Flink starts it: its whole program in one file, since thousands of modules would take seconds.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { FakeRunner } from "../../unit/beam/harness/fake-runner";

const STARTS = 3;

describe("the job's worker as one file", function () {
  this.timeout(60_000);

  let folder: string;
  let command: string;

  before(async () => {
    folder = makeFolder("worker-start");
    command = await bundleWorker({ entry: path.resolve(__dirname, "../../../src/worker.ts"), directory: folder });
  });
  after(() => removeFolder(folder));

  it("leaves V8's code cache at its first start", async () => {
    await registrationMs(command, "first", () => until("there is a code cache", () => existsSync(cacheFile())));
  });

  it("registers with its runner each time it is started", async () => {
    const { ino } = statSync(cacheFile());
    const times: number[] = [];
    for (let start = 0; start < STARTS; start++) times.push(await registrationMs(command, `w-${start}`));
    // Printed, not asserted: the product promises a time on an idle machine, and this one may be busy.
    console.log(`      registered after ${times.map(Math.round).join(", ")} ms`);
    assert.equal(statSync(cacheFile()).ino, ino, "the code cache was made again");
  });

  it("starts with a code cache that is none, and makes it again", async () => {
    writeFileSync(cacheFile(), "nothing that V8 knows");
    const isMade = (): boolean => statSync(cacheFile()).size > 100_000;
    await registrationMs(command, "damaged", () => until("the code cache is made again", isMade));
  });

  const cacheFile = (): string => command.replace(/sh$/, "cache");
});

/**
 * Milliseconds from the start of a worker until it waits for the runner's instructions; it lives until `then` is done.
 */
async function registrationMs(command: string, id: string, then?: () => Promise<void>): Promise<number> {
  const runner = await FakeRunner.start();
  const startMs = performance.now();
  const worker = spawn(command, [`--id=${id}`, `--provision_endpoint=${runner.url}`], { stdio: "ignore" });
  const died = new Promise<never>((_resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the worker ended with exit code ${code}`)));
  });
  try {
    await Promise.race([runner.until(() => runner.control !== undefined), died]);
    const ms = performance.now() - startMs;
    assert.deepEqual([...runner.workerIds], [id]);
    await then?.();
    return ms;
  } finally {
    died.catch(() => undefined);
    worker.kill("SIGKILL");
    runner.kill();
  }
}
