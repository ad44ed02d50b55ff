/**
 * A folder for one run of this process.
 *
 * 1. A folder's name is its own, so a run shares nothing with concurrent and with earlier ones.
 * 2. A run removes its folder at its end. The next start removes the folders of killed runs.
 * 3. A name has the process's id, and a hash of the space where that id holds: containers on one volume have the same
 *    ids. A folder of another space is removed only when its run has not touched it for a day.
 * 4. Only its user can look into it.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, readlink, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { isAlive } from "./is-alive";
import { makePrivateFolder } from "./private";

const NAME = /^(\d+)(?:-([0-9a-f]{8}))?(?:-\w{6})?$/;
const TOUCH_MS = 10 * 60_000;
const FORGOTTEN_MS = 24 * 60 * 60_000;

/** Names of the folders that this process has made: another one with its id is that of a killed process. */
const MADE = new Set<string>();

export interface RunFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes this process's folder in `runs`. */
export async function makeRunFolder(runs: string): Promise<RunFolder> {
  await makePrivateFolder(runs);
  await removeLeftovers(runs);
  const space = await ownSpace();
  const folder = await mkdtemp(
    path.resolve(runs, [process.pid, ...(space === undefined ? [] : [space]), ""].join("-")),
  );
  MADE.add(path.basename(folder));
  const touch = (): void => void utimes(folder, new Date(), new Date()).catch(() => undefined);
  const touching = setInterval(touch, TOUCH_MS).unref();
  const remove = (): Promise<void> => {
    clearInterval(touching);
    MADE.delete(path.basename(folder));
    return rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  return { path: folder, remove };
}

/**
 * Returns the folders of runs that have not ended, the newest first: an older one may be a killed run's whose id is
 * used again.
 */
export async function liveRunFolders(runs: string): Promise<readonly string[]> {
  const live = (await runFolders(runs)).filter(({ isLive }) => isLive);
  return live.sort((one, other) => other.touchedMs - one.touchedMs).map(({ folder }) => folder);
}

async function removeLeftovers(runs: string): Promise<void> {
  const dead = (await runFolders(runs)).filter(({ isLive }) => !isLive);
  await Promise.all(dead.map(({ folder }) => rm(folder, { recursive: true, force: true })));
}

interface Found {
  readonly folder: string;
  readonly isLive: boolean;
  readonly touchedMs: number;
}

async function runFolders(runs: string): Promise<readonly Found[]> {
  const own = await ownSpace();
  const names = await readdir(runs).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const [, pid, space] = NAME.exec(name) ?? [];
      if (pid === undefined) return [];
      const folder = path.join(runs, name);
      const isOwn = space === undefined || space === own;
      const touchedMs = await stat(folder).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      );
      const isOfRun = Number(pid) === process.pid ? MADE.has(name) : isAlive(Number(pid));
      const isLive = isOwn ? isOfRun : Date.now() - touchedMs < FORGOTTEN_MS;
      return [{ folder, isLive, touchedMs }];
    }),
  );
  return found.flat();
}

/** Names the machine's boot and the namespace in which process ids hold; undefined where there is no /proc. */
async function ownSpace(): Promise<string | undefined> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const space = `${boot} ${await readlink("/proc/self/ns/pid")}`;
    return createHash("sha256").update(space).digest("hex").slice(0, 8);
  } catch {
    return undefined;
  }
}
