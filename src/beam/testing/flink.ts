/** Runs the suite on a real Flink: one job server for all rules, and workers bundled with the suite's own DoFns. */
import path from "node:path";
import { bundleWorker } from "../flink/bundle-worker";
import { flinkPipelineOptions } from "../flink/flink-options";
import { isBounded } from "../flink/refuse";
import { PortableRunner } from "../flink/runner";
import { cacheDirectory } from "../process/cache-directory";
import type { PipelineRun } from "../runner";
import type { PipelineProto } from "../sdk";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../flink/embedded/launch";
import { AUTHOR_TEXT } from "./author-text";
import { processFolder } from "./process-folder";
import type { RunnerFactory } from "./support/rule";

/** TypeScript in a checkout, JavaScript in a package. */
const WORKER = path.join(__dirname, `worker${path.extname(__filename)}`);
const DATA_DIRECTORY = processFolder("conformance-flink");

const COMMON = { parallelism: 2, checkpointIntervalMs: 200, maxBundleElements: 1_000, maxBundleMs: 20 };
const BOUNDED = flinkPipelineOptions({ ...COMMON, workers: 2, isBounded: true });
/**
 * Options of an unbounded job, with two exceptions: its Impulse ends after a second, so that the job ends with its
 * script, and a failed job is not restarted.
 */
const UNBOUNDED = {
  ...flinkPipelineOptions({ ...COMMON, workers: 1, isBounded: false }),
  shutdownSourcesAfterIdleMs: 1_000,
  numberOfExecutionRetries: 0,
};

interface Ready {
  readonly server: RunningFlinkJobServer;
  readonly workerCommand: string;
}

let ready: Promise<Ready> | undefined;

/** Starts the job server for the first rule. */
export const makeFlink: RunnerFactory = async ({ authorText }) => {
  ready ??= prepare();
  const { server, workerCommand } = await ready;
  const run = (pipeline: PipelineProto): Promise<PipelineRun> =>
    new PortableRunner({
      jobService: server.jobService,
      jobName: "conformance",
      workerCommand,
      workerEnvironment: {
        BEAM_WORKER_LOG: path.join(DATA_DIRECTORY, "workers.log"),
        ...(authorText === undefined ? {} : { [AUTHOR_TEXT]: authorText }),
      },
      pipelineOptions: isBounded(pipeline) ? BOUNDED : UNBOUNDED,
    }).run(pipeline);
  return { name: "flink", run };
};

export async function stopFlink(): Promise<void> {
  const started = ready;
  // Another file of rules in this process starts a server of its own.
  ready = undefined;
  const { server } = (await started?.catch(() => undefined)) ?? {};
  await server?.stop();
}

async function prepare(): Promise<Ready> {
  const [server, workerCommand] = await Promise.all([
    startFlinkJobServer({ dataDirectory: DATA_DIRECTORY, isShortLived: true }),
    bundleWorker({ entry: WORKER, directory: path.join(cacheDirectory(), "workers") }),
  ]);
  return { server, workerCommand };
}
