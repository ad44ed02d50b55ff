/** Bundles of elements that are large and become due at once, and the workers that share them. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import { startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { PortableRunner } from "../../../src/beam/flink/runner";
import { protoOf } from "../../../src/beam";
import { FLINK_DEFAULTS } from "../../../src/beam/target";
import { groupLargeElements } from "../../support/flink/large-elements";
import { peakResidentMb } from "../../support/processes/process-memory";
import { workersBelow } from "../../support/processes/running";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const MB = 1024 * 1024;
const ELEMENTS = 300;
/** Less than the elements are together. */
const HEAP_MB = 224;
const MAX_WORKER_MB = 350;
const LONG_MS = 60_000;

describe("Ten thousand elements a bundle, of 1 MB each,", function () {
  this.timeout(180_000);

  it("fill neither Flink's memory nor a worker's, and both workers get some of each stage", async () => {
    const folder = makeFolder("large-bundles");
    const server = await startFlinkJobServer({
      dataDirectory: path.join(folder, "flink"),
      heapMb: HEAP_MB,
      // Whatever waits in a grouping is on disk.
      flinkSettings: { "state.backend.type": "rocksdb" },
    });
    let peakMb = 0;
    const watch = setInterval(() => {
      for (const pid of workersBelow(process.pid)) peakMb = Math.max(peakMb, peakResidentMb(pid));
    }, 500);
    try {
      const entry = path.resolve(__dirname, "../../support/flink/large-elements-worker.ts");
      const file = path.join(folder, "seen");
      const settings = { ...FLINK_DEFAULTS, workers: 2, maxBundleMs: LONG_MS, isBounded: true };
      assert.ok(settings.maxBundleElements > 10 * ELEMENTS, "elements would bound a bundle");
      const run = await new PortableRunner({
        jobService: server.jobService,
        jobName: "large-bundles",
        workerCommand: await bundleWorker({ entry, directory: path.join(folder, "workers") }),
        workerEnvironment: {},
        pipelineOptions: flinkPipelineOptions(settings),
      }).run(await protoOf((root) => groupLargeElements(root, { count: ELEMENTS, bytes: MB, file })));
      await run.finished;
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
      await server.stop();
      await removeFolder(folder);
    }
  });
});
