import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * A folder for data and logs of a test's servers. With KEEP_FOLDERS=1 it stays when the test ends, and its path is
 * printed.
 */
export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), `${name}-`));
  if (process.env["KEEP_FOLDERS"] === "1") {
    return { path: folder, remove: async () => console.log(`  kept: ${folder}`) };
  }
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}
