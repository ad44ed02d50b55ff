/**
 * A folder for one run of this process.
 *
 * 1. Each is named after its process: runs beside one another share nothing.
 * 2. A run that ends takes its folder away; folders of killed runs go with the next start.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";

export interface RunFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes this process's folder under `runs`. */
export async function makeRunFolder(runs: string): Promise<RunFolder> {
  await removeLeftovers(runs);
  const folder = path.resolve(runs, String(process.pid));
  await mkdir(folder, { recursive: true });
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

async function removeLeftovers(runs: string): Promise<void> {
  const names = await readdir(runs).catch(() => []);
  const dead = names.filter((name) => /^\d+$/.test(name) && !isAlive(Number(name)));
  await Promise.all(dead.map((name) => rm(path.join(runs, name), { recursive: true, force: true })));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
