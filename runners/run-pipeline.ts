/** Runs anybody's pipeline, the same one, in this process, on a Flink of its own on this machine, or on a Flink cluster. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { DirectRunner } from "../src/beam/direct";
import { Pipeline, type PipelineProto, Root } from "../src/beam/sdk";
import type { MetricResult, PipelineRun } from "../src/beam/runner";
import { bundleForJar, bundleWorker } from "../src/beam/flink/bundle-worker";
import { ClusterRunner } from "../src/beam/flink/cluster-runner";
import { flinkConfiguration, onlyJobConfiguration } from "../src/beam/flink/flink-configuration";
import { flinkPipelineOptions } from "../src/beam/flink/flink-options";
import { FlinkRest } from "../src/beam/flink/flink-rest";
import { isBounded } from "../src/beam/flink/refuse";
import { PortableRunner } from "../src/beam/flink/runner";
import { BeamError } from "../src/beam/error";
import { JobError } from "../src/chat/errors";
import { watchFlink } from "../src/beam/flink/watch";
import { flinkRunnerJar } from "../src/beam/flink/embedded/build";
import { startFlinkJobServer } from "../src/beam/flink/embedded/launch";
import { makeFlinkRunFolder } from "../src/beam/flink/embedded/runs";
import { makePrivateFolder } from "../src/beam/process/private";
import type { FlinkSettings } from "../src/options/flink";

export interface RunPipelineOptions {
  readonly runner: "direct" | "flink";
  /** Files that register the pipeline's classes and coders, and do nothing else when they are imported: workers do. */
  readonly modules: readonly string[];
  /** Only for Flink; defaults below. */
  readonly flink?: Partial<FlinkChoices>;
  /** REST address of a Flink cluster; without it, Flink runs on this machine. */
  readonly flinkMaster?: string;
  /** Stops the run: the direct runner finishes what was read, Flink drops what is under way. */
  readonly signal?: AbortSignal;
  /** Told what a person may want to know. */
  readonly say?: (line: string) => void;
  /** For workers and what Flink writes on this machine; default .local. */
  readonly dataDirectory?: string;
}

type FlinkChoices = Omit<FlinkSettings, "master" | "detach">;

interface FlinkRun {
  readonly pipeline: PipelineProto;
  readonly modules: readonly string[];
  readonly flink: FlinkChoices & { readonly isBounded: boolean };
  readonly signal: AbortSignal | undefined;
  readonly say: (line: string) => void;
  readonly dataDirectory: string;
}

const FLINK_DEFAULTS: FlinkChoices = {
  parallelism: 2,
  workers: 1,
  checkpointIntervalMs: 10_000,
  checkpointTimeoutMs: 600_000,
  maxBundleElements: 1_000,
  maxBundleMs: 100,
  stateBackend: undefined,
  checkpointDirectory: undefined,
  savepointDirectory: undefined,
  retainCheckpoints: true,
  fromSavepoint: undefined,
  allowNonRestoredState: false,
  clusterNode: "node",
};
const JOB_NAME = "pipeline";
/** Flink's own habit. */
const WEB_PORT = 8081;
const LOCAL = path.resolve(__dirname, "../.local");

/**
 * Runs what `build` makes, to its end; resolves with the metrics. Rejects with a `JobError` that names the stage when
 * one fails, LOCAL_SERVICE when Flink cannot be started, SERVICE_UNREACHABLE when a cluster does not answer.
 */
export async function runPipeline(
  build: (root: Root) => void,
  options: RunPipelineOptions,
): Promise<readonly MetricResult[]> {
  const root = new Root(new Pipeline());
  build(root);
  const pipeline = root.pipeline.getProto();
  const { modules, signal, say = () => undefined, dataDirectory = LOCAL } = options;
  if (options.runner === "direct") return toItsEnd(await new DirectRunner().run(pipeline), signal);
  const flink = { ...FLINK_DEFAULTS, ...options.flink, isBounded: isBounded(pipeline) };
  const run = { pipeline, modules, flink, signal, say, dataDirectory };
  return options.flinkMaster === undefined ? runOnOwnFlink(run) : runOnCluster(run, options.flinkMaster);
}

async function runOnOwnFlink(run: FlinkRun): Promise<readonly MetricResult[]> {
  const { pipeline, modules, flink, signal, say, dataDirectory } = run;
  await makePrivateFolder(dataDirectory);
  const workerCommand = await bundleWorker({ modules, directory: path.join(dataDirectory, "workers") });
  const folder = await makeFlinkRunFolder(dataDirectory);
  const workerLog = path.join(folder.path, "workers.log");
  const savepointDirectory = flink.savepointDirectory ?? path.resolve(dataDirectory, "savepoints");
  const flinkSettings = onlyJobConfiguration({ ...flink, savepointDirectory });
  try {
    const server = await startFlinkJobServer(
      {
        dataDirectory: folder.path,
        webPort: WEB_PORT,
        slots: flink.parallelism,
        // Its author's steps may read any, as they do in this process.
        workerVariables: ["*"],
        flinkSettings,
      },
      say,
    );
    try {
      say(`Flink's web page: ${server.webUrl}`);
      const runner = new PortableRunner({
        jobService: server.jobService,
        jobName: JOB_NAME,
        workerCommand,
        workerEnvironment: { BEAM_WORKER_LOG: workerLog },
        pipelineOptions: flinkPipelineOptions(flink),
      });
      const ended = toItsEnd(await runner.run(pipeline), signal);
      const died = server.ended.then((): never => {
        throw new JobError("LOCAL_SERVICE", "The embedded Flink ended by itself: start again.");
      });
      died.catch(() => undefined);
      return await Promise.race([withFailures(ended, server.webUrl, say), died]);
    } catch (error) {
      throw await withWorkersWords(error, workerLog);
    } finally {
      await server.stop();
    }
  } finally {
    await folder.remove();
  }
}

async function runOnCluster(run: FlinkRun, master: string): Promise<readonly MetricResult[]> {
  const { pipeline, modules, flink, signal, say } = run;
  const rest = new FlinkRest(master);
  await rest.overview();
  const files = await bundleForJar({ "worker.js": { modules } });
  const runner = new ClusterRunner({
    rest,
    runnerJar: await flinkRunnerJar(say),
    worker: { command: [flink.clusterNode, "{folder}/worker.js"], files },
    workerEnvironment: {},
    jobName: JOB_NAME,
    pipelineOptions: flinkPipelineOptions(flink),
    flinkConfiguration: flinkConfiguration(flink),
    savepointPath: flink.fromSavepoint,
    allowNonRestoredState: flink.allowNonRestoredState,
  });
  const job = await runner.run(pipeline);
  say(`Job ${job.jobId}: ${master}/#/job/running/${job.jobId}`);
  return withFailures(toItsEnd(job, signal), master, say, job.jobId);
}

/** The run, with what Flink restarts it for told while it lasts. */
async function withFailures<T>(run: Promise<T>, webUrl: string, say: (line: string) => void, job?: string): Promise<T> {
  const ended = new AbortController();
  const failed = watchFlink(webUrl, { say, ended: ended.signal, ...(job === undefined ? {} : { job }) }).then(
    () => run,
  );
  failed.catch(() => undefined);
  try {
    return await Promise.race([run, failed]);
  } finally {
    ended.abort();
  }
}

/** A worker that cannot even start can tell nobody: Flink only sees that it has ended. */
async function withWorkersWords(error: unknown, workerLog: string): Promise<unknown> {
  const log = await readFile(workerLog, "utf8").catch(() => "");
  const words = log.match(/^(?:Uncaught )?\w*Error\b.{0,300}/gm)?.at(-1);
  if (words === undefined || !(error instanceof BeamError) || error.code !== "PIPELINE") return error;
  return new JobError("PIPELINE", `${error.message}; the last error of its workers: ${words}`, { cause: error });
}

async function toItsEnd(run: PipelineRun, signal?: AbortSignal): Promise<readonly MetricResult[]> {
  const stop = (): void => void run.drain().catch(() => undefined);
  if (signal?.aborted === true) stop();
  signal?.addEventListener("abort", stop);
  try {
    await run.finished;
    return await run.metrics();
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
