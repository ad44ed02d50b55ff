/** The jars of a rehearsal, made once for all its tests. */
import path from "node:path";
import { jarContent } from "../../../runners/msf/package";
import { type JobJar, type JarWorkerFile, writeJobJar } from "../../../src/beam/portable/job-jar";

const FOLDER = path.resolve(__dirname, "../../../.local/rehearsal");

export interface RehearsalJars {
  readonly first: string;
  /** Of another release: the worker's program is not the same. */
  readonly second: string;
  /** For a processor that no host of ours has. */
  readonly otherProcessor: string;
  /** Without the program that builds the pipeline. */
  readonly noProgram: string;
}

let made: Promise<RehearsalJars> | undefined;

export function rehearsalJars(): Promise<RehearsalJars> {
  made ??= make();
  return made;
}

async function make(): Promise<RehearsalJars> {
  const content = await jarContent(() => undefined);
  const { worker } = content;
  const write = async (name: string, jar: JobJar): Promise<string> => {
    const file = path.join(FOLDER, `${name}.jar`);
    await writeJobJar(jar, file);
    return file;
  };
  return {
    first: await write("first", content),
    second: await write("second", { ...content, worker: { ...worker, files: worker.files.map(released) } }),
    otherProcessor: await write("other-processor", {
      ...content,
      worker: { ...worker, hosts: ["Linux s390x"], files: [] },
    }),
    noProgram: await write("no-program", { ...content, worker: { ...worker, files: [] } }),
  };
}

function released(file: JarWorkerFile): JarWorkerFile {
  if (file.name !== "worker.js" || !(file.content instanceof Uint8Array)) return file;
  return { ...file, content: Buffer.concat([file.content, Buffer.from("\n// another release\n")]) };
}
