import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { JobError } from "../../src/chat/errors";
import { environmentFor } from "../../src/beam/process";

const run = promisify(execFile);
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;

export interface NpmPackage {
  /** Name and version. */
  readonly specifier: string;
  /** SHA-512 of its archive, base 64, as in npm's lock files. */
  readonly sha512: string;
}

/**
 * Downloads the archive of a package into a folder, from the registry that npm is set to; nothing of the package runs.
 * Rejects with LOCAL_SERVICE when npm cannot fetch it, or when it is not the one that is pinned.
 */
export async function fetchNpmPackage({ specifier, sha512 }: NpmPackage, folder: string): Promise<string> {
  const args = ["pack", specifier, "--pack-destination", folder, "--silent", "--ignore-scripts"];
  const isWindows = process.platform === "win32";
  let name: string;
  try {
    const options = {
      cwd: folder,
      timeout: DOWNLOAD_TIMEOUT_MS,
      shell: isWindows,
      env: environmentFor(["npm", "download"]),
    };
    const { stdout } = await run(isWindows ? "npm.cmd" : "npm", args, options);
    name = stdout.trim().split("\n").at(-1) ?? "";
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    const said = (stderr.trim() === "" ? message : stderr.trim()).split("\n").at(-1) ?? "";
    throw new JobError("LOCAL_SERVICE", `npm could not fetch ${specifier}: ${said}`, { cause: error });
  }
  const archive = path.join(folder, name);
  requireHash(
    specifier,
    createHash("sha512")
      .update(await readFile(archive))
      .digest("base64"),
    sha512,
  );
  return archive;
}

/** Throws `JobError` LOCAL_SERVICE for another hash than the wanted one. */
export function requireHash(name: string, found: string, wanted: string): void {
  if (found === wanted) return;
  throw new JobError("LOCAL_SERVICE", `The package ${name} is not the one that is pinned: its hash is ${found}.`);
}
