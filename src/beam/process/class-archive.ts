/**
 * Archives of the classes that Java programs load at their start (class data sharing): a start that finds them there
 * takes a third less of a processor.
 *
 * 1. An archive is made when a program that was started once, for that alone, ends.
 * 2. It is a help and no more: a program starts without it where it is missing, where it could not be made, and where
 *    Java refuses it, because its class path, the Java or a jar is another.
 */
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { exists } from "./exists";

const NAME = "classes.jsa";
/** Java's words about archives would come into the output that a parent reads. */
const SILENT = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Xlog:class+path=off"];

/** Java's options for a program that is built in this folder. Its class path must have jars alone. */
export function archivedClasses(directory: string): readonly string[] {
  return [`-XX:SharedArchiveFile=${path.join(directory, NAME)}`, "-Xshare:auto", ...SILENT];
}

export interface Training {
  /** Options of Java in the place of `archivedClasses`. */
  readonly javaOptions: readonly string[];
  /** Folder for whatever the program writes. */
  readonly dataDirectory: string;
}

/** Makes the archive of the program that is built in this folder. `train` starts it, and ends it. */
export async function archiveClasses(directory: string, train: (training: Training) => Promise<void>): Promise<void> {
  const unfinished = path.join(directory, `${NAME}.${process.pid}`);
  const dataDirectory = path.join(directory, `training.${process.pid}`);
  try {
    await train({ javaOptions: [`-XX:ArchiveClassesAtExit=${unfinished}`, ...SILENT], dataDirectory });
    if (await exists(unfinished)) await rename(unfinished, path.join(directory, NAME));
  } catch {
    // The program's own start will tell what is wrong with it.
  } finally {
    await rm(unfinished, { force: true });
    await rm(dataDirectory, { recursive: true, force: true });
  }
}
