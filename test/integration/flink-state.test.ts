/**
 * A source without end checkpoints itself for ever, and what Flink keeps of it must not grow: BundleCheckpointHandlers
 * of runners/flink-runtime sees to that. The second test shows that the first one can fail; when it fails itself, the
 * Beam in use has mended its own class, and ours can go.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { splittableParDo } from "../../src/beam/authoring/transforms";
import { bundleWorker } from "../../src/beam/portable/bundle-worker";
import { flinkPipelineOptions } from "../../src/beam/portable/flink-options";
import { PortableRunner } from "../../src/beam/portable/runner";
import { P } from "../../src/beam/sdk";
import { flinkClassPath } from "../../src/local/flink/build";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../src/local/flink/launch";
import { CountingSource, offsetRangeCoder } from "../conformance/fns/counting-source";
import { anyCoder } from "../conformance/support/coders";
import { Job } from "../conformance/support/job";
import { stateBytes } from "../support/flink-facts";
import { until } from "../support/until";

const LIMIT_MS = 90_000;
/** Elements read at the first look, when all that a job allocates once is there, and at the second; half as many self-checkpoints. */
const FEW = 50;
const MANY = 450;

describe("What Flink keeps of a source that checkpoints itself", function () {
  this.timeout(2 * LIMIT_MS);
  let folder = "";
  let workerCommand = "";
  let server: RunningFlinkJobServer | undefined;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "flink-state-"));
    const entry = path.resolve(__dirname, "../conformance/worker.ts");
    workerCommand = await bundleWorker({ entry, directory: path.join(folder, "workers") });
  });
  afterEach(() => server?.stop());
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

  /** Sizes in bytes of all that Flink keeps after few and after many elements. */
  async function sizes(backend: string, classPath: readonly string[]): Promise<readonly [number, number]> {
    const started = await startFlinkJobServer({
      dataDirectory: path.join(folder, "flink"),
      classPath,
      isShortLived: true,
      flinkSettings: { "state.backend.type": backend },
    });
    server = started;
    const options = { parallelism: 1, workers: 1, checkpointIntervalMs: 300, maxBundleElements: 1_000, maxBundleMs: 5 };
    const runner = new PortableRunner({
      jobEndpoint: started.jobEndpoint,
      jobName: "state",
      workerCommand,
      workerEnvironment: {},
      pipelineOptions: flinkPipelineOptions({ ...options, isBounded: false }),
    });
    const job = new Job(runner, LIMIT_MS);
    try {
      await job.start((root) => {
        const element = { value: { name: "a", count: 1_000_000 }, atMs: 0 };
        const source = new CountingSource({ parts: 1, checkpointEvery: 2, delayMs: 0, seed: 1 });
        const read = splittableParDo("source", source, {
          restriction: offsetRangeCoder,
          bounded: false,
          outputs: { main: anyCoder<string>() },
        });
        job.collect(P(job.records(root, "elements", [element])).apply(read).main, "out");
      });
      const sizeAfter = async (count: number): Promise<number> => {
        await until(`${count} elements`, () => job.collected("out").length >= count, LIMIT_MS);
        return stateBytes(started.webUrl);
      };
      return [await sizeAfter(FEW), await sizeAfter(MANY)];
    } finally {
      await job.close();
    }
  }

  for (const backend of ["hashmap", "rocksdb"]) {
    it(`stays as large as it is, in ${backend}`, async () => {
      const [few, many] = await sizes(backend, await flinkClassPath(() => undefined));
      assert.ok(many < few * 1.05, `${few} bytes after ${FEW} elements, ${many} after ${MANY}`);
    });

    it(`grows with Beam's own class, in ${backend}`, async () => {
      const [few, many] = await sizes(backend, [...(await flinkClassPath(() => undefined))].reverse());
      assert.ok(many > few * 1.5, `${few} bytes after ${FEW} elements, ${many} after ${MANY}`);
    });
  }
});
