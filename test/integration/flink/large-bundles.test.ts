/** Bundles of elements that are large and become due at once, and the workers that share them. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { withLiveMetrics } from "../../../src/beam/flink/live-metrics";
import { PortableRunner } from "../../../src/beam/flink/runner";
import type { PipelineRun } from "../../../src/beam/runner";
import { protoOf } from "../../../src/beam";
import { FLINK_DEFAULTS } from "../../../src/beam/target";
import { groupLargeElements, type LargeElements } from "../../support/flink/large-elements";
import { peakResidentMb } from "../../support/processes/process-memory";
import { workersBelow } from "../../support/processes/running";

const MB = 1024 * 1024;
const ELEMENTS = 300;
/** Less than the elements are together. */
const HEAP_MB = 224;
const MAX_WORKER_MB = 350;
const LONG_MS = 60_000;

describe("Bundles of ten thousand elements and a minute", function () {
  this.timeout(180_000);
  let folder: string;
  let server: RunningFlinkJobServer;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "large-bundles-"));
    server = await startFlinkJobServer({
      dataDirectory: path.join(folder, "flink"),
      heapMb: HEAP_MB,
      // Whatever waits in a grouping is on disk.
      flinkSettings: { "state.backend.type": "rocksdb" },
    });
  });
  after(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  async function start(elements: LargeElements): Promise<PipelineRun> {
    const entry = path.resolve(__dirname, "../../support/flink/large-elements-worker.ts");
    const settings = { ...FLINK_DEFAULTS, workers: 2, maxBundleMs: LONG_MS, isBounded: true };
    assert.ok(settings.maxBundleElements > 10 * ELEMENTS, "elements would bound a bundle");
    const pipeline = await protoOf((root) => groupLargeElements(root, elements));
    const run = await new PortableRunner({
      jobService: server.jobService,
      jobName: "large-bundles",
      workerCommand: await bundleWorker({ entry, directory: path.join(folder, "workers") }),
      workerEnvironment: {},
      pipelineOptions: flinkPipelineOptions(settings),
    }).run(pipeline);
    return withLiveMetrics(run, { webUrl: server.webUrl, pipeline });
  }

  it("fill neither Flink's memory nor a worker's with 1 MB an element, and both workers get some of each stage", async () => {
    let peakMb = 0;
    const watch = setInterval(() => {
      for (const pid of workersBelow(process.pid)) peakMb = Math.max(peakMb, peakResidentMb(pid));
    }, 500);
    try {
      const file = path.join(folder, "seen");
      await (
        await start({ count: ELEMENTS, bytes: MB, file })
      ).finished;
      const lines = (await readFile(file, "utf8")).trim().split("\n");
      const workers = new Set(lines.map((line) => line.split(" ")[1]));
      assert.equal(workers.size, 2);
      for (const stage of ["first", "second"]) {
        const own = lines.filter((line) => line.startsWith(stage));
        assert.equal(own.length, ELEMENTS);
        assert.deepEqual(new Set(own.map((line) => line.split(" ")[1])), workers, `workers of the ${stage} stage`);
      }
      assert.ok(lines.every((line) => line.endsWith(` ${MB}`)));
      if (process.platform === "linux") assert.ok(peakMb > 0 && peakMb < MAX_WORKER_MB, `a worker had ${peakMb} MB`);
    } finally {
      clearInterval(watch);
    }
  });

  it("tell how far they are while they last, and no stage more than the one before it", async () => {
    const count = 100;
    const run = await start({ count, bytes: 10, file: path.join(folder, "paced"), pauseMs: 100 });
    let hasEnded = false;
    const end = run.finished.finally(() => (hasEnded = true));
    const seen = new Set<number>();
    while (!hasEnded) {
      const totals = new Map((await run.metrics()).map(({ name, value }) => [name, Number(value)]));
      const [first = 0, second = 0] = [totals.get("first"), totals.get("second")];
      assert.ok(second <= first, `${second} of ${first}`);
      seen.add(first);
      await sleep(300);
    }
    await end;
    const between = [...seen].filter((first) => first > 0 && first < count);
    assert.ok(between.length >= 3, `only ${between.join()} of ${count} were seen`);
  });
});
