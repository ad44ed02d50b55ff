/**
 * Packs one jar for a Flink cluster: Beam's Flink runner, a pipeline, and the worker that runs its transforms.
 *
 * 1. The same input gives the same bytes: names are sorted, times fixed.
 * 2. The runner's jar is copied unchanged, and new entries are appended.
 * 3. A jar exists complete or not at all, however many processes write it.
 */
import { createHash } from "node:crypto";
import { createWriteStream, openAsBlob } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";
import { BlobReader, configure, Uint8ArrayReader, ZipWriter } from "@zip.js/zip.js";
import { type PipelineProto, runnerApi } from "../sdk";
import { pipelineOptionUrns } from "./pipeline-options";
import { inProcesses, WORKER_IN_JAR } from "./process-environment";
import { withCodersOfTheirOwn } from "./splittable-coders";
import type { OptionValue } from "./pipeline-options";

export interface JobJar {
  /** Jar of Beam's Flink runner with the classes of src/beam/java. */
  readonly runnerJar: string;
  readonly worker: JarWorker;
  /** Without a pipeline, the jar's main class must build its own. */
  readonly pipeline?: JarPipeline;
  /** Additional entries of the jar, by name. */
  readonly resources?: Readonly<Record<string, FileContent>>;
}

/** The worker that TaskManagers unpack and start; see beamstreaming.WorkerFolder of src/beam/java. */
export interface JarWorker {
  /** The program and its first arguments. `{folder}` stands for the folder of the files. */
  readonly command: readonly string[];
  /**
   * A program, with its first arguments, that prints the pipeline where the jar runs; see beamstreaming.ManagedService.
   */
  readonly pipelineCommand?: readonly string[];
  readonly files: readonly JarWorkerFile[];
  /** Values of Java's `os.name os.arch` where the worker can run; without it, it runs anywhere. */
  readonly hosts?: readonly string[];
}

export interface JarWorkerFile {
  /** Path below the folder, with slashes. */
  readonly name: string;
  readonly content: FileContent;
  readonly executable?: boolean;
}

/** Content, or the path of a file with the content. */
export type FileContent = Uint8Array | { readonly file: string };

export interface JarPipeline {
  readonly jobName: string;
  readonly pipeline: PipelineProto;
  /** Beam's options, by their camel-case names. */
  readonly pipelineOptions: Readonly<Record<string, OptionValue>>;
  readonly workerEnvironment: Readonly<Record<string, string>>;
}

/**
 * A fixed time, so that the bytes do not depend on the clock. It is the first day that every time zone and the zip
 * format can express alike.
 */
const FIXED_TIME = new Date(1980, 0, 2);

/** Writes the jar. Its folder is created when missing. */
export async function writeJobJar(jar: JobJar, target: string): Promise<void> {
  configure({ useWebWorkers: false });
  await mkdir(path.dirname(target), { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  try {
    const zip = new ZipWriter(Writable.toWeb(createWriteStream(unfinished)), {
      lastModDate: FIXED_TIME,
      extendedTimestamp: false,
      dataDescriptor: false,
    });
    await zip.prependZip(new BlobReader(await openAsBlob(jar.runnerJar)));
    for (const [name, content] of await entriesOf(jar)) await zip.add(name, new Uint8ArrayReader(content));
    await zip.close();
    await rename(unfinished, target);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function entriesOf({ worker, pipeline, resources = {} }: JobJar): Promise<(readonly [string, Uint8Array])[]> {
  const files = await Promise.all(
    worker.files.map(async ({ name, content, executable = false }) => ({
      name,
      content: await bytesOf(content),
      executable,
    })),
  );
  const manifest = {
    version: 1,
    ...(worker.hosts === undefined ? {} : { hosts: worker.hosts }),
    command: worker.command,
    ...(worker.pipelineCommand === undefined ? {} : { pipelineCommand: worker.pipelineCommand }),
    files: files.map(({ name, content, executable }) => ({
      name,
      sha256: createHash("sha256").update(content).digest("hex"),
      executable,
    })),
  };
  const others = await Promise.all(
    Object.entries(resources).map(async ([name, content]) => [name, await bytesOf(content)] as const),
  );
  const entries = [
    ...(pipeline === undefined ? [] : pipelineEntries(pipeline)),
    ["worker/manifest.json", json(manifest)] as const,
    ...files.map(({ name, content }) => [`worker/${name}`, content] as const),
    ...others,
  ];
  return entries.sort(([one], [other]) => (one < other ? -1 : 1));
}

/**
 * Makes the entries that Beam's `FlinkPipelineRunner` reads. The names are those of `PortablePipelineJarUtils` in
 * Beam's job service.
 */
function pipelineEntries({ jobName, pipeline, pipelineOptions, workerEnvironment }: JarPipeline) {
  const proto = inProcesses(withCodersOfTheirOwn(pipeline), { command: WORKER_IN_JAR, environment: workerEnvironment });
  const options = { ...pipelineOptions, jobName };
  return [
    ["BEAM-PIPELINE/pipeline-manifest.json", json({ defaultJobName: jobName })],
    [`BEAM-PIPELINE/${jobName}/pipeline.json`, json(runnerApi.Pipeline.toJson(proto))],
    [`BEAM-PIPELINE/${jobName}/pipeline-options.json`, json(pipelineOptionUrns(options))],
  ] as const;
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

async function bytesOf(content: FileContent): Promise<Uint8Array> {
  return content instanceof Uint8Array ? content : readFile(content.file);
}
