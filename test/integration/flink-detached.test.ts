/** What Flink keeps of detached elements goes when they are done: our BundleCheckpointHandlers sees to that. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { detached } from "../../src/beam/authoring/detached";
import { asyncParDo, splittableParDo } from "../../src/beam/authoring/transforms";
import { bundleWorker } from "../../src/beam/portable/bundle-worker";
import { flinkPipelineOptions } from "../../src/beam/portable/flink-options";
import { PortableRunner } from "../../src/beam/portable/runner";
import { P } from "../../src/beam/sdk";
import { startFlinkJobServer } from "../../src/local/flink/launch";
import { RecordCalls } from "../conformance/fns/async";
import { CountingSource, offsetRangeCoder } from "../conformance/fns/counting-source";
import { anyCoder } from "../conformance/support/coders";
import { Job } from "../conformance/support/job";
import { stateBytes } from "../support/flink-facts";
import { until } from "../support/until";

const LIMIT_MS = 90_000;
const FEW = 100;
const MANY = 3_100;

describe("What Flink keeps of detached elements", function () {
  this.timeout(2 * LIMIT_MS);

  it("goes when they are done", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "flink-detached-"));
    const entry = path.resolve(__dirname, "../conformance/worker.ts");
    const workerCommand = await bundleWorker({ entry, directory: path.join(folder, "workers") });
    const server = await startFlinkJobServer({ dataDirectory: path.join(folder, "flink"), isShortLived: true });
    const options = { parallelism: 1, workers: 1, checkpointIntervalMs: 300, maxBundleElements: 1_000, maxBundleMs: 5 };
    const runner = new PortableRunner({
      jobEndpoint: server.jobEndpoint,
      jobName: "detached",
      workerCommand,
      workerEnvironment: {},
      pipelineOptions: flinkPipelineOptions({ ...options, isBounded: false }),
    });
    const job = new Job(runner, LIMIT_MS);
    try {
      await job.start((root) => {
        const element = { value: { name: "a", count: 1_000_000 }, atMs: 0 };
        const source = new CountingSource({ parts: 1, checkpointEvery: 20, delayMs: 0, seed: 1 });
        const read = splittableParDo("source", source, {
          restriction: offsetRangeCoder,
          bounded: false,
          outputs: { main: anyCoder<string>() },
        });
        const texts = P(job.records(root, "elements", [element])).apply(read).main;
        const apart = P(texts).apply(detached(anyCoder<string>(), { maxElements: 20 }));
        const call = new RecordCalls<string>("calls", job.folder("calls"), { maxConcurrentCalls: 20, callMs: 1 });
        job.collect(P(apart).apply(asyncParDo("call", call, { main: anyCoder<string>() })).main, "out");
      });
      const bytesAfter = async (count: number): Promise<number> => {
        await until(`${count} elements`, () => job.collected("out").length >= count, LIMIT_MS);
        return stateBytes(server.webUrl);
      };
      const few = await bytesAfter(FEW);
      const many = await bytesAfter(MANY);
      assert.ok(many < few * 1.3, `${few} bytes after ${FEW} elements, ${many} after ${MANY}`);
    } finally {
      // The worker first: what is on its way there still writes into the job's folder.
      await server.stop();
      await job.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  });
});
