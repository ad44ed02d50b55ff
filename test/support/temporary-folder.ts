import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * A folder for data and logs of a test and its servers, to be removed by `removeFolder`. With KEEP_FOLDERS=1 it stays
 * when the test ends, and its path is printed.
 */
export function makeFolder(name: string): string {
  return mkdtempSync(path.join(tmpdir(), `${name}-`));
}

/** A server that was killed may write for a moment still. */
export async function removeFolder(folder: string): Promise<void> {
  if (process.env["KEEP_FOLDERS"] === "1") console.log(`  kept: ${folder}`);
  else await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** The same folder with the function that removes it. */
export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  const folder = makeFolder(name);
  return { path: folder, remove: () => removeFolder(folder) };
}
