import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Flink's folder of one checkpoint; it is whole once this file of it is there. */
const CHECKPOINT_FOLDER = /^chk-(\d+)$/;
const METADATA_FILE = "_metadata";

/**
 * The newest whole checkpoint of the job that `noted` is one of: Flink removes old ones, so that the noted one may be gone.
 * `noted` itself where this machine cannot look, as in a bucket or in a folder of another one.
 */
export function newestCheckpoint(noted: string): string {
  if (!noted.startsWith("file:")) return noted;
  try {
    const newest = newestIn(path.dirname(fileURLToPath(noted)));
    return newest < 0 ? noted : `${path.dirname(noted)}/chk-${newest}`;
  } catch {
    return noted;
  }
}

/** Its number; -1 when there is none. Throws when the folder cannot be read. */
function newestIn(folderOfJob: string): number {
  const numbers = readdirSync(folderOfJob)
    .filter((name) => existsSync(path.join(folderOfJob, name, METADATA_FILE)))
    .map((name) => Number(CHECKPOINT_FOLDER.exec(name)?.[1] ?? -1));
  return Math.max(-1, ...numbers);
}
