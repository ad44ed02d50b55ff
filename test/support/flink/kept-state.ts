/** Measures the state that Flink keeps of a job without end while it goes on. */
import { mkdtemp } from "node:fs/promises";
import path from "node:path";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import { PortableRunner } from "../../../src/beam/flink/runner";
import { impulse, type PCollection } from "../../../src/beam/sdk";
import { flinkClassPath } from "../../../src/beam/flink/embedded/build";
import { startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { Job } from "../../../src/beam/testing/support/job";
import { stateBytes } from "./facts";
import { goOn, pausingSource } from "./pausing-source";
import { until } from "../until";

export const KEPT_STATE_LIMIT_MS = 180_000;

export interface KeptStateOptions {
  /** A folder that the caller makes and removes. */
  readonly folder: string;
  readonly backend: "hashmap" | "rocksdb";
  /** True to put Beam's own classes before ours. */
  readonly isBeams: boolean;
  /** Elements for which the source checkpoints itself once. */
  readonly checkpointEvery: number;
  /** A step between the source's texts and the output. */
  readonly through?: (texts: PCollection<string>, job: Job) => PCollection<string>;
  /** Outputs of the step for each text. Default 1. */
  readonly outputsEach?: number;
  /** Texts that the source has emitted at the first look, when all that a job allocates once is there. */
  readonly few: number;
  /** Texts that it has emitted at the second look. */
  readonly many: number;
}

/** Bytes that Flink keeps after `few` and after `many` texts, when the source pauses and all of them have come out. */
export async function keptState(options: KeptStateOptions): Promise<{ readonly few: number; readonly many: number }> {
  const { folder, backend, isBeams, checkpointEvery, through = (texts) => texts, outputsEach = 1, few, many } = options;
  const ours = await flinkClassPath(() => undefined);
  const entry = path.join(__dirname, "pausing-worker.ts");
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
  const directory = job.folder("pauses");
  try {
    await job.start((root) => {
      const source = pausingSource({ checkpointEvery, pausesAt: [few, many], directory });
      job.collect(through(root.apply(impulse()).apply(source).main, job), "out");
    });
    const bytesAfter = async (texts: number): Promise<number> => {
      const count = texts * outputsEach;
      await until(`${count} elements`, () => job.collected("out").length >= count, KEPT_STATE_LIMIT_MS);
      return settledBytes(() => stateBytes(server));
    };
    const bytes = await bytesAfter(few);
    goOn(directory);
    return { few: bytes, many: await bytesAfter(many) };
  } finally {
    // The worker must end first, because its last writes go to the job's folder.
    await server.stop();
    await job.close();
  }
}

/** Looks until less is not to be seen: what is over may still have to be taken away. */
async function settledBytes(look: () => Promise<number>): Promise<number> {
  let least = await look();
  for (;;) {
    const bytes = await look();
    if (bytes >= least) return least;
    least = bytes;
  }
}
