import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Name of Flink's folder for one checkpoint, which is complete once it holds the metadata file. */
const CHECKPOINT_FOLDER = /^chk-(\d+)$/;
const METADATA_FILE = "_metadata";

/**
 * Returns the newest complete checkpoint of the job that made `noted`, since Flink removes old ones. Returns `noted`
 * itself where this process cannot look, as in a bucket or on another machine.
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

/** Returns the number of the newest checkpoint; -1 when there is none. Throws when the folder cannot be read. */
function newestIn(folderOfJob: string): number {
  const numbers = readdirSync(folderOfJob)
    .filter((name) => existsSync(path.join(folderOfJob, name, METADATA_FILE)))
    .map((name) => Number(CHECKPOINT_FOLDER.exec(name)?.[1] ?? -1));
  return Math.max(-1, ...numbers);
}
