/** Runs anybody's pipeline, the same one, in this process or on a Flink of its own on this machine. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { DirectRunner } from "../src/beam/direct";
import { Pipeline, type PipelineProto, Root, runnerApi } from "../src/beam/sdk";
import type { MetricResult, PipelineRun } from "../src/beam/runner";
import { bundleWorker } from "../src/beam/portable/bundle-worker";
import { type FlinkOptions, flinkPipelineOptions } from "../src/beam/portable/flink-options";
import { PortableRunner } from "../src/beam/portable/runner";
import { JobError } from "../src/errors";
import { watchFailures } from "../src/job/flink-failures";
import { startFlinkJobServer } from "../src/local/flink/launch";
import { makeRunFolder } from "../src/local/run-folder";

export interface RunPipelineOptions {
  readonly runner: "direct" | "flink";
  /** Files that register the pipeline's classes and coders, and do nothing else when they are imported: workers do. */
  readonly modules: readonly string[];
  /** Only for Flink; defaults below. */
  readonly flink?: Partial<Omit<FlinkOptions, "isBounded">>;
  /** Stops the run: the direct runner finishes what was read, Flink drops what is under way. */
  readonly signal?: AbortSignal;
  /** Told what a person may want to know. */
  readonly say?: (line: string) => void;
  /** For workers and what Flink writes; default .local. */
  readonly dataDirectory?: string;
}

const FLINK_DEFAULTS: Omit<FlinkOptions, "isBounded"> = {
  parallelism: 2,
  workers: 1,
  checkpointIntervalMs: 10_000,
  maxBundleElements: 1_000,
  maxBundleMs: 100,
};
/** Flink's own habit. */
const WEB_PORT = 8081;
const LOCAL = path.resolve(__dirname, "../.local");

/**
 * Runs what `build` makes, to its end; resolves with the metrics. Rejects with a `JobError` that names the stage when
 * one fails, LOCAL_SERVICE when Flink cannot be started.
 */
export async function runPipeline(
  build: (root: Root) => void,
  options: RunPipelineOptions,
): Promise<readonly MetricResult[]> {
  const pipeline = new Pipeline();
  build(new Root(pipeline));
  const proto = pipeline.getProto();
  if (options.runner === "flink") return runOnFlink(proto, options);
  return toItsEnd(await new DirectRunner().run(proto), options.signal);
}

async function runOnFlink(pipeline: PipelineProto, options: RunPipelineOptions): Promise<readonly MetricResult[]> {
  const { modules, signal, say = () => undefined, dataDirectory = LOCAL } = options;
  const flink = { ...FLINK_DEFAULTS, ...options.flink };
  const workers = path.join(dataDirectory, "workers");
  const workerCommand = await bundleWorker({ modules, directory: workers });
  const folder = await makeRunFolder(path.join(dataDirectory, "flink-runs"));
  const workerLog = path.join(folder.path, "workers.log");
  const ended = new AbortController();
  try {
    const server = await startFlinkJobServer(
      { dataDirectory: folder.path, webPort: WEB_PORT, slots: flink.parallelism },
      say,
    );
    try {
      say(`Flink's web page: ${server.webUrl}`);
      const runner = new PortableRunner({
        jobEndpoint: server.jobEndpoint,
        jobName: "pipeline",
        workerCommand,
        workerEnvironment: { BEAM_WORKER_LOG: workerLog },
        pipelineOptions: flinkPipelineOptions({ ...flink, isBounded: isBounded(pipeline) }),
      });
      const run = toItsEnd(await runner.run(pipeline), signal);
      const died = server.ended.then((): never => {
        throw new JobError("LOCAL_SERVICE", "The embedded Flink ended by itself: start again.");
      });
      // Neither ever resolves before the run has ended.
      const failed = Promise.race([died, watchFailures(server.webUrl, say, ended.signal).then(() => died)]);
      failed.catch(() => undefined);
      return await Promise.race([run, failed]);
    } catch (error) {
      throw await withWorkersWords(error, workerLog);
    } finally {
      ended.abort();
      await server.stop();
    }
  } finally {
    await folder.remove();
  }
}

/** A worker that cannot even start can tell nobody: Flink only sees that it has ended. */
async function withWorkersWords(error: unknown, workerLog: string): Promise<unknown> {
  const log = await readFile(workerLog, "utf8").catch(() => "");
  const words = log.match(/^(?:Uncaught )?\w*Error\b.{0,300}/gm)?.at(-1);
  if (words === undefined || !(error instanceof JobError) || error.code !== "PIPELINE") return error;
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

/** Whether all of the pipeline's sources end by themselves. */
function isBounded(pipeline: PipelineProto): boolean {
  const collections = Object.values(pipeline.components?.pcollections ?? {});
  return collections.every(({ isBounded }) => isBounded !== runnerApi.IsBounded_Enum.UNBOUNDED);
}
