/**
 * A folder for one run of this process.
 *
 * 1. A folder is named after its process, so concurrent runs share nothing.
 * 2. A run removes its folder at its end. The next start removes the folders of killed runs.
 * 3. Only its user can look into it.
 */
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { makePrivateFolder } from "./private";

export interface RunFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes this process's folder in `runs`. */
export async function makeRunFolder(runs: string): Promise<RunFolder> {
  await makePrivateFolder(runs);
  await removeLeftovers(runs);
  const folder = path.resolve(runs, String(process.pid));
  await makePrivateFolder(folder);
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Returns the folders of runs that have not ended. */
export async function liveRunFolders(runs: string): Promise<readonly string[]> {
  return (await runFolders(runs)).filter(({ pid }) => isAlive(pid)).map((run) => run.folder);
}

async function removeLeftovers(runs: string): Promise<void> {
  const dead = (await runFolders(runs)).filter(({ pid }) => !isAlive(pid));
  await Promise.all(dead.map(({ folder }) => rm(folder, { recursive: true, force: true })));
}

async function runFolders(runs: string): Promise<readonly { readonly folder: string; readonly pid: number }[]> {
  const names = (await readdir(runs).catch(() => [])).filter((name) => /^\d+$/.test(name));
  return names.map((name) => ({ folder: path.join(runs, name), pid: Number(name) }));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
