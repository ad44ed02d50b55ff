/** Measures the state that Flink keeps of a job without end while it goes on. */
import { mkdtemp } from "node:fs/promises";
import path from "node:path";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import { PortableRunner } from "../../../src/beam/flink/runner";
import type { PCollection } from "../../../src/beam/sdk";
import { flinkClassPath } from "../../../src/beam/flink/embedded/build";
import { startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { countingSource } from "../../../src/beam/testing/fns/counting-source";
import { Job } from "../../../src/beam/testing/support/job";
import { stateBytes } from "./facts";
import { until } from "../until";

export const KEPT_STATE_LIMIT_MS = 180_000;

export interface KeptStateOptions {
  /** A folder that the caller makes and removes. */
  readonly folder: string;
  readonly backend: "hashmap" | "rocksdb";
  /** True to put Beam's own classes before ours. */
  readonly isBeams: boolean;
  /** Elements for which the source checkpoints itself once, on the average; with 1 before each. */
  readonly checkpointEvery: number;
  /** A step between the source's texts and the output. */
  readonly through?: (texts: PCollection<string>, job: Job) => PCollection<string>;
  /** Elements that have come out at the first look, when all that a job allocates once is there, and at the second. */
  readonly few: number;
  readonly many: number;
  /**
   * Default 1; more where the elements under way vary much, with a second number well beyond the elements that come out
   * meanwhile.
   */
  readonly looksAtFirst?: number;
}

/** Several looks, because elements under way differ between them; lasting state is in all of them. */
const LOOKS = 3;

/**
 * The most bytes that Flink keeps at the first looks, and the least at `LOOKS` looks after the second number of
 * elements.
 */
export async function keptState(options: KeptStateOptions): Promise<{ readonly few: number; readonly many: number }> {
  const {
    folder,
    backend,
    isBeams,
    checkpointEvery,
    through = (texts) => texts,
    few,
    many,
    looksAtFirst = 1,
  } = options;
  const ours = await flinkClassPath(() => undefined);
  const entry = path.resolve(__dirname, "../../../src/beam/testing/worker.ts");
  const workerCommand = await bundleWorker({ entry, directory: path.join(folder, "workers") });
  const dataDirectory = await mkdtemp(path.join(folder, "flink-"));
  const server = await startFlinkJobServer({
    dataDirectory,
    classPath: isBeams ? [...ours].reverse() : ours,
    isShortLived: true,
    flinkSettings: { "state.backend.type": backend },
  });
  const bundles = { checkpointIntervalMs: 300, maxBundleElements: 1_000, maxBundleMs: 5 };
  const runner = new PortableRunner({
    jobService: server.jobService,
    jobName: "kept-state",
    workerCommand,
    workerEnvironment: {},
    pipelineOptions: flinkPipelineOptions({ ...bundles, parallelism: 1, workers: 1, isBounded: false }),
  });
  const job = new Job(runner, KEPT_STATE_LIMIT_MS);
  try {
    await job.start((root) => {
      const element = { value: { name: "a", count: 1_000_000 }, atMs: 0 };
      const pace = { bounded: false, parts: 1, checkpointEvery, delayMs: 0, seed: 1 };
      const texts = job.records(root, "elements", [element]).apply(countingSource(pace)).main;
      job.collect(through(texts, job), "out");
    });
    const bytesAfter = async (count: number): Promise<number> => {
      await until(`${count} elements`, () => job.collected("out").length >= count, KEPT_STATE_LIMIT_MS);
      return stateBytes(server);
    };
    let most = 0;
    for (let look = 0; look < looksAtFirst; look++) most = Math.max(most, await bytesAfter(few));
    let least = Infinity;
    for (let look = 0; look < LOOKS; look++) least = Math.min(least, await bytesAfter(many));
    return { few: most, many: least };
  } finally {
    // The worker must end first, because its last writes go to the job's folder.
    await server.stop();
    await job.close();
  }
}
