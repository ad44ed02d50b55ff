/**
 * The jar for Amazon Managed Service for Apache Flink: Beam's Flink runner, the job's two programs (the worker, and the
 * one that builds the pipeline on the JobManager), and Node.js with all that it needs. It holds no settings.
 */
import { stat } from "node:fs/promises";
import path from "node:path";
import { bundleForJar, flinkRunnerJar, type JobJar, type WorkerProgram, writeJobJar } from "../../src/beam/flink/jar";
import { sha256Of } from "../../src/beam/process";
import { JobError } from "../../src/chat/errors";
import { NODE_HOST, nodeCommand, nodeRuntime } from "./node-runtime";

const ROOT = path.resolve(__dirname, "../..");
const CACHE = path.join(ROOT, ".local/msf");
/** Well below the service's limit of 512 MiB; a larger jar holds something that it should not. */
const MAX_BYTES = 300 * 1_000_000;
/** Placeholder for the folder of the worker's files, which only the host knows. */
const FOLDER = "{folder}";

export interface PackagedJar {
  /** Path of the jar. */
  readonly file: string;
  readonly bytes: number;
  /** The hash of the jar, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Builds the jar: the same bytes for the same sources. `say` is told of steps that take long. Rejects with
 * LOCAL_SERVICE when npm or Maven cannot fetch something.
 */
export async function packageJar(
  { output }: { readonly output: string },
  say: (line: string) => void,
): Promise<PackagedJar> {
  const file = path.resolve(output);
  await writeJobJar(await jarContent(say), file);
  const { size: bytes } = await stat(file);
  if (bytes > MAX_BYTES) {
    throw new JobError("DEPLOYMENT", `The jar has ${bytes} bytes, and should not have more than ${MAX_BYTES}.`);
  }
  return { file, bytes, sha256: await sha256Of(file) };
}

/** The content of the jar, fetched and built. */
export async function jarContent(say: (line: string) => void): Promise<JobJar> {
  const runnerJar = await flinkRunnerJar(say);
  const node = await nodeRuntime(CACHE, say);
  const programs = await bundleForJar({
    "worker.js": program("src/worker.ts"),
    "pipeline.js": program("runners/msf/job-manager/main.ts"),
  });
  return {
    runnerJar,
    worker: {
      hosts: [NODE_HOST],
      command: [...nodeCommand(FOLDER), `${FOLDER}/worker.js`],
      pipelineCommand: [...nodeCommand(FOLDER), `${FOLDER}/pipeline.js`],
      files: [...programs, ...node.map(({ name, file, executable }) => ({ name, content: { file }, executable }))],
    },
  };
}

function program(entry: string): WorkerProgram {
  return { entry: path.join(ROOT, entry) };
}
