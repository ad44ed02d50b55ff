import { statfs } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 5_000;
const MIB = 1024 * 1024;
/** Free space below which the embedded services soon fail to write. Twice as much counts as enough again. */
const LOW_BYTES = 100 * MIB;

export interface DiskWatch {
  readonly folder: string;
  /** Called with a sentence when the disk is full, and when it has space again. */
  readonly say: (line: string) => void;
  readonly ended: AbortSignal;
  readonly freeBytes?: (folder: string) => Promise<number>;
  readonly lookMs?: number;
}

/** Checks the free space of a folder's disk repeatedly, until `ended` is aborted. Never rejects. */
export async function watchDisk({ folder, say, ended, ...how }: DiskWatch): Promise<void> {
  const { freeBytes = freeBytesOf, lookMs = LOOK_MS } = how;
  let isLow = false;
  while (!ended.aborted) {
    // The check is skipped while the folder does not exist, and on systems without such figures.
    const free = await freeBytes(folder).catch(() => undefined);
    if (free !== undefined && !isLow && free < LOW_BYTES) {
      isLow = true;
      const left = Math.floor(free / MIB);
      say(`The disk of ${folder} is full (${left} MiB left): make room. What cannot be stored is tried again.`);
    } else if (free !== undefined && isLow && free >= 2 * LOW_BYTES) {
      isLow = false;
      say(`The disk of ${folder} has room again.`);
    }
    await sleep(lookMs, undefined, { signal: ended, ref: false }).catch(() => undefined);
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
