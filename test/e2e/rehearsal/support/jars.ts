/** The jars of a rehearsal, made once for all its tests. */
import path from "node:path";
import { jarContent } from "../../../../runners/msf/package";
import { type JobJar, type JarWorkerFile, writeJobJar } from "../../../../src/beam/flink/job-jar";
import { processFolder } from "../../../../src/beam/testing/process-folder";

/** A folder of this process, because an uploaded file must not be replaced. */
const FOLDER = processFolder("rehearsal/jars");

/** Contents of the rehearsal's jars, by name. */
const JARS = {
  first: (content) => content,
  /** Stands for another release: its worker's program differs. */
  second: ({ worker, ...content }) => ({ ...content, worker: { ...worker, files: worker.files.map(released) } }),
  /** Made for a processor that none of the hosts has. */
  otherProcessor: ({ worker, ...content }) => ({
    ...content,
    worker: { ...worker, hosts: ["Linux s390x"], files: [] },
  }),
  /** Lacks the program that builds the pipeline. */
  noProgram: ({ worker, ...content }) => ({ ...content, worker: { ...worker, files: [] } }),
} as const satisfies Record<string, (content: JobJar) => JobJar>;

type Name = keyof typeof JARS;

const made = new Map<Name, Promise<string>>();
let content: Promise<JobJar> | undefined;

/** The jar's file, made once. */
export function rehearsalJar(name: Name): Promise<string> {
  const jar = made.get(name) ?? make(name);
  made.set(name, jar);
  return jar;
}

async function make(name: Name): Promise<string> {
  const file = path.join(FOLDER, `${name}.jar`);
  content ??= jarContent(() => undefined);
  await writeJobJar(JARS[name](await content), file);
  return file;
}

function released(file: JarWorkerFile): JarWorkerFile {
  if (file.name !== "worker.js" || !(file.content instanceof Uint8Array)) return file;
  return { ...file, content: Buffer.concat([file.content, Buffer.from("\n// another release\n")]) };
}
