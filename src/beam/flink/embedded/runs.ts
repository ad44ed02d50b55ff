/**
 * Run folders of the embedded Flinks in one data folder. A run folder holds the token for changes by the REST service,
 * where commands of the same user find it; nobody else can read it.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { liveRunFolders, makeRunFolder, type RunFolder } from "../../process/run-folder";

const FILE = "rest-token.json";
const REST_ACCESS = z.object({ url: z.string(), token: z.string() });

/** Address of an embedded Flink's REST service, and the token for changes. */
export type RestAccess = z.infer<typeof REST_ACCESS>;

export function makeFlinkRunFolder(dataDirectory: string): Promise<RunFolder> {
  return makeRunFolder(runsOf(dataDirectory));
}

/** Writes the access data into the run's folder. */
export async function keepRestAccess(folder: string, access: RestAccess): Promise<void> {
  const file = path.join(folder, FILE);
  // Writing to an existing file would keep the file's mode.
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify(access), { mode: 0o600, flag: "wx" });
}

/** Returns the token of the embedded Flink at this address; undefined for any other Flink. */
export async function restTokenOf(address: string, dataDirectory: string): Promise<string | undefined> {
  const wanted = new URL(address);
  for (const folder of await liveRunFolders(runsOf(dataDirectory))) {
    const text = await readFile(path.join(folder, FILE), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const { url, token } = REST_ACCESS.parse(JSON.parse(text));
    const own = new URL(url);
    const isOwnName = wanted.hostname === own.hostname || wanted.hostname === "localhost";
    if (wanted.protocol === own.protocol && isOwnName && wanted.port === own.port) return token;
  }
  return undefined;
}

function runsOf(dataDirectory: string): string {
  return path.join(dataDirectory, "flink-runs");
}
