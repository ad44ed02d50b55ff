/** Memory of a worker when the stages behind `asyncBoundary` are slow and everything is as large as it may be. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { WORKER_ENVIRONMENT } from "../../../src/beam/flink/process-environment";
import { skipUnless } from "../../support/needs";
import { peakResidentMb } from "../../support/processes/process-memory";
import { FakeRunner } from "../../unit/beam/harness/fake-runner";
import { SOURCE } from "../../unit/beam/harness/fake-stage";
import { apart } from "../../unit/beam/harness/stages";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const MB = 1024 * 1024;
const TASKS = 2;
const BUNDLES = 3;
/** Elements of a bundle, each as large as a session's part may be by default. */
const ELEMENTS = 60;
const MAX_RESIDENT_MB = 350;

describe("A worker's memory behind asyncBoundary", function () {
  this.timeout(180_000);

  it("is bounded by bytes", async function () {
    skipUnless(this, process.platform === "linux", "it needs Linux, which says what memory a process has");
    const folder = makeFolder("async-boundary-memory");
    const runner = await FakeRunner.start();
    let child: ChildProcess | undefined;
    try {
      const entry = path.resolve(__dirname, "../../unit/beam/harness/worker-process.ts");
      const command = await bundleWorker({ entry, directory: folder });
      child = spawn(command, ["--id=m-1", `--provision_endpoint=${runner.url}`], {
        stdio: "ignore",
        env: { ...process.env, ...WORKER_ENVIRONMENT },
      });
      const stage = apart(runner);
      const elements = Array.from({ length: ELEMENTS }, (_, n) => ({
        key: { key: `${n}`.padEnd(MB, "x"), value: { key: "", value: 0 } },
        value: 1,
      }));
      const task = async (): Promise<void> => {
        for (let bundle = 0; bundle < BUNDLES; bundle++) {
          const instructionId = runner.newInstructionId();
          const answer = stage.begin(instructionId);
          // A message for each element, as Flink would do it, so that none is larger than necessary.
          for (const element of elements) await runner.send(instructionId, SOURCE, stage.encode([element]));
          await runner.send(instructionId, SOURCE, new Uint8Array(), true);
          const { error, values, response } = await stage.outcome(instructionId, await answer);
          assert.equal(error, "");
          assert.equal(values("main").length + response.residualRoots.length, ELEMENTS);
        }
      };
      await Promise.all(Array.from({ length: TASKS }, task));
      const peakMb = peakResidentMb(child.pid!);
      assert.ok(peakMb > 0, "it has ended");
      assert.ok(peakMb < MAX_RESIDENT_MB, `${Math.round(peakMb)} MB at most`);
      if (process.env["SHOW"] !== undefined) console.log({ peakMb });
    } finally {
      child?.kill("SIGKILL");
      runner.kill();
      await removeFolder(folder);
    }
  });
});
