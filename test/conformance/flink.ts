/** The suite on a real Flink: one job server for all rules, its workers bundled with the suite's own DoFns. */
import path from "node:path";
import { bundleWorker } from "../../src/beam/portable/bundle-worker";
import { flinkPipelineOptions } from "../../src/beam/portable/flink-options";
import { PortableRunner } from "../../src/beam/portable/runner";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../src/local/flink/launch";
import type { RunnerFactory } from "./support/rule";

const LOCAL = path.resolve(__dirname, "../../.local");
const DATA_DIRECTORY = path.join(LOCAL, "conformance-flink");

interface Ready {
  readonly server: RunningFlinkJobServer;
  readonly workerCommand: string;
}

let ready: Promise<Ready> | undefined;

/** Starts the job server with the first rule. */
export const makeFlink: RunnerFactory = async () => {
  ready ??= prepare();
  const { server, workerCommand } = await ready;
  return new PortableRunner({
    jobEndpoint: server.jobEndpoint,
    jobName: "conformance",
    workerCommand,
    workerEnvironment: { BEAM_WORKER_LOG: path.join(DATA_DIRECTORY, "workers.log") },
    pipelineOptions: flinkPipelineOptions({
      isBounded: true,
      parallelism: 1,
      workers: 1,
      checkpointIntervalMs: 500,
      maxBundleElements: 1_000,
      maxBundleMs: 20,
    }),
  });
};

export async function stopFlink(): Promise<void> {
  const { server } = (await ready?.catch(() => undefined)) ?? {};
  await server?.stop();
}

async function prepare(): Promise<Ready> {
  const [server, workerCommand] = await Promise.all([
    startFlinkJobServer({ dataDirectory: DATA_DIRECTORY, isShortLived: true }),
    bundleWorker({ entry: path.join(__dirname, "worker.ts"), directory: path.join(LOCAL, "workers") }),
  ]);
  return { server, workerCommand };
}
