/**
 * Archives of the classes that Java programs load at their start (class data sharing): a start that finds them there
 * takes two fifths less of a processor.
 *
 * 1. An archive is made when a program that was started once, for that alone, ends.
 * 2. It is a help and no more: a program starts without it where it is missing, where it could not be made, and where
 *    Java refuses it, because its class path or a jar is another.
 * 3. Another Java has another archive, or none: one that Java cannot read costs Java its own archive, too.
 */
import { createHash } from "node:crypto";
import { existsSync, realpathSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";

/** Java's words about archives would come into the output that a parent reads. */
const SILENT = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Xlog:class+path=off"];
const ARCHIVING_MS = 60_000;

/** Java's options for a program that is built in this folder. Its class path must have jars alone. */
export function archivedClasses(directory: string): readonly string[] {
  const file = archiveIn(directory);
  return existsSync(file) ? [`-XX:SharedArchiveFile=${file}`, "-Xshare:auto", ...SILENT] : [];
}

/** The archive for the Java that the path finds. */
function archiveIn(directory: string): string {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const java = folders.map((folder) => path.join(folder, "java")).find((file) => existsSync(file));
  const version = java === undefined ? "" : `${realpathSync(java)} ${statSync(java).mtimeMs}`;
  return path.join(directory, `classes-${createHash("sha256").update(version).digest("hex").slice(0, 12)}.jsa`);
}

/** Java writes the head of an archive last, and leaves zeros there when it is killed. */
async function isWhole(file: string): Promise<boolean> {
  if (!existsSync(file)) return false;
  const opened = await open(file);
  try {
    const { buffer } = await opened.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.some((byte) => byte !== 0);
  } finally {
    await opened.close();
  }
}

export interface Training {
  /** Options of Java in the place of `archivedClasses`. */
  readonly javaOptions: readonly string[];
  /** Folder for whatever the program writes. */
  readonly dataDirectory: string;
  /** Time to end in: Java writes the archive then, which takes seconds of a busy machine. */
  readonly stopTimeoutMs: number;
}

/** Makes the archive of the program that is built in this folder. `train` starts it, and ends it. */
export async function archiveClasses(directory: string, train: (training: Training) => Promise<void>): Promise<void> {
  const archive = archiveIn(directory);
  const unfinished = `${archive}.${process.pid}`;
  const dataDirectory = path.join(directory, `training.${process.pid}`);
  try {
    const javaOptions = [`-XX:ArchiveClassesAtExit=${unfinished}`, ...SILENT];
    await train({ javaOptions, dataDirectory, stopTimeoutMs: ARCHIVING_MS });
    if (await isWhole(unfinished)) await rename(unfinished, archive);
  } catch {
    // The program's own start will tell what is wrong with it.
  } finally {
    for (const left of [unfinished, dataDirectory]) {
      // What stays goes with the build.
      await rm(left, { recursive: true, force: true, maxRetries: 10 }).catch(() => undefined);
    }
  }
}
