/**
 * A worker that dies while it takes no more input: Beam waits for it to take more, for ever unless it is told of the
 * death, which EndingCalls of src/beam/java does. Java's threads show that Beam waits at that moment.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import { PortableRunner } from "../../../src/beam/flink/runner";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { recordCalls } from "../../../src/beam/testing/fns/async";
import { inflate } from "../../../src/beam/testing/fns/basic";
import { grouped } from "../../../src/beam/testing/support/grouping";
import { Job } from "../../../src/beam/testing/support/job";
import { workersBelow } from "../../support/processes/running";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

/** More than worker, sockets and Beam's hundred unchecked messages take together. */
const ELEMENTS = 480;
const ELEMENT_BYTES = 1_000_000;
/** Each task has a bundle of 8 MiB under way, so that all together send more than that. */
const TASKS = 24;
const LIMIT_MS = 60_000;
const BLOCKED_LIMIT_MS = 150_000;
/** Seldom, because each look is a Java of its own beside the job. */
const LOOK_MS = 1_000;
const SENDS = "org.apache.beam.sdk.fn.stream.DirectStreamObserver.onNext";

describe("A job on Flink whose worker dies", function () {
  this.timeout(2 * LIMIT_MS + BLOCKED_LIMIT_MS);
  let folder: string;
  let server: RunningFlinkJobServer | undefined;
  let job: Job | undefined;

  before(async () => {
    folder = makeFolder("worker-death");
    server = await startFlinkJobServer({
      dataDirectory: path.join(folder, "flink"),
      isShortLived: true,
      heapMb: 3_000,
      slots: TASKS,
    });
  });
  after(async () => {
    await server?.stop();
    await job?.close();
    await removeFolder(folder);
  });

  it("fails while it waits for the worker to take more", async () => {
    const { jobService, pid } = server!;
    const entry = path.resolve(__dirname, "../../../src/beam/testing/worker.ts");
    const bundles = { checkpointIntervalMs: 10_000, maxBundleElements: 10 * ELEMENTS, maxBundleMs: BLOCKED_LIMIT_MS };
    const runner = new PortableRunner({
      jobService,
      jobName: "worker-death",
      workerCommand: await bundleWorker({ entry, directory: path.join(folder, "workers") }),
      workerEnvironment: {},
      pipelineOptions: flinkPipelineOptions({ ...bundles, parallelism: TASKS, workers: 1, isBounded: true }),
    });
    const own = (job = new Job(runner, BLOCKED_LIMIT_MS));
    const { finished } = await own.start((root) => {
      const lengths = Array.from({ length: ELEMENTS }, (_, n) => ({
        value: { key: `${n}`, value: ELEMENT_BYTES },
        atMs: 0,
      }));
      const large = grouped(own.records(root, "lengths", lengths).apply(inflate()).main, "apart");
      large.apply(recordCalls({ maxConcurrentCalls: 1, callMs: BLOCKED_LIMIT_MS, directory: own.folder("calls") }));
    });
    const waits = async (): Promise<boolean> => {
      await sleep(LOOK_MS);
      const { stdout } = await promisify(execFile)("jstack", [String(pid)], { maxBuffer: 64 * 1024 * 1024 });
      return stdout.split("\n\n").some((thread) => thread.includes(SENDS) && thread.includes("TIMED_WAITING"));
    };
    await until("Beam waits for the worker", waits, BLOCKED_LIMIT_MS);
    const workers = workersBelow(pid);
    assert.equal(workers.length, 1);
    for (const worker of workers) process.kill(worker, "SIGKILL");
    await assert.rejects(finished, { message: "A worker process was lost." });
  });
});
