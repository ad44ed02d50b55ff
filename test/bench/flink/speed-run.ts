/**
 * Runs the speed benchmark once on a Flink of its own: a job without end, like the chat's, that is over when all its
 * sessions are written.
 */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import type { OptionValue } from "../../../src/beam/flink/pipeline-options";
import { PortableRunner } from "../../../src/beam/flink/runner";
import { protoOf } from "../../../src/beam/pipeline-proto";
import { type FlinkJobServerOptions, startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { ProcessWatch, type ProgramUsage } from "./speed-processes";
import { type Expected, readSessions } from "./speed-data";
import { LineCount } from "./line-count";
import type { FlinkDefaults } from "./options";
import { speedPipeline } from "./speed-pipeline";

const LOCAL = path.resolve(__dirname, "../../../.local");
export const SAMPLE_EVERY_MS = 250;

export interface SpeedRun {
  /** Folder with the files of `writeChat`. */
  readonly chat: string;
  /** Number of sessions in these files. */
  readonly sessions: number;
  /** Folder of this run alone; made anew. */
  readonly folder: string;
  readonly flink: FlinkDefaults;
  /** Beam's options beside those of `flink`. */
  readonly more?: Readonly<Record<string, OptionValue>>;
  readonly server?: Pick<FlinkJobServerOptions, "heapMb" | "flinkSettings" | "classPath">;
  readonly nodeOptions?: readonly string[];
}

export interface SpeedFigures {
  readonly found: Expected;
  /** Seconds from the first record read to the last session written. */
  readonly activeS: number;
  readonly usage: ReadonlyMap<string, ProgramUsage>;
  readonly series: ProcessWatch["series"];
}

export async function runSpeed(run: SpeedRun): Promise<SpeedFigures> {
  const out = path.join(run.folder, "out");
  await rm(run.folder, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const workerCommand = await bundleWorker({
    entry: path.join(__dirname, "speed-worker.ts"),
    directory: path.join(LOCAL, "workers"),
    ...(run.nodeOptions === undefined ? {} : { nodeOptions: run.nodeOptions }),
  });
  const server = await startFlinkJobServer({ dataDirectory: path.join(run.folder, "flink"), ...run.server });
  try {
    const parts = await partsOf(run.chat);
    const runner = new PortableRunner({
      jobService: server.jobService,
      jobName: "speed",
      workerCommand,
      workerEnvironment: { BEAM_WORKER_LOG: path.join(run.folder, "workers.log") },
      pipelineOptions: { ...speedOptions(run.flink), ...run.more },
    });
    const watch = new ProcessWatch(server.pid, SAMPLE_EVERY_MS);
    try {
      const job = await runner.run(await protoOf((root) => speedPipeline(root, parts, out)));
      await Promise.race([job.finished, allWritten(out, run.sessions, watch)]);
      await job.cancel();
    } finally {
      watch.stop();
    }
    return { found: await readSessions(out), activeS: await activeS(out), usage: watch.stop(), series: watch.series };
  } finally {
    await server.stop();
  }
}

/** Beam's options of the run, which are those of a job without end. */
export function speedOptions(flink: SpeedRun["flink"]): Record<string, OptionValue> {
  return flinkPipelineOptions({ ...flink, isBounded: false });
}

async function allWritten(out: string, sessions: number, watch: ProcessWatch): Promise<void> {
  const lines = new LineCount(out, ".jsonl");
  while ((await lines.count()) < sessions) await sleep(SAMPLE_EVERY_MS);
  watch.stop();
}

async function partsOf(chat: string): Promise<{ file: string; bytes: number }[]> {
  const names = (await readdir(chat)).filter((name) => name.startsWith("part-")).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = path.resolve(chat, name);
      return { file, bytes: (await stat(file)).size };
    }),
  );
}

/** Seconds between the first mark and the last session, by the times of their files. */
export async function activeS(out: string): Promise<number> {
  const names = await readdir(out);
  const timesMs = async (suffix: string): Promise<number[]> =>
    Promise.all(
      names.filter((name) => name.endsWith(suffix)).map(async (name) => (await stat(path.join(out, name))).mtimeMs),
    );
  return (Math.max(...(await timesMs(".jsonl"))) - Math.min(...(await timesMs(".mark")))) / 1_000;
}
