/**
 * Embedded Flinks of one data folder. Each has a run folder, where commands of the same user find the token that changes
 * by its REST service need; nobody else may read it.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { liveRunFolders, makeRunFolder, type RunFolder } from "../../process/run-folder";

const FILE = "rest-token.json";
const REST_ACCESS = z.object({ url: z.string(), token: z.string() });

/** Where an embedded Flink's REST service is, and what it wants to see before it changes anything. */
export type RestAccess = z.infer<typeof REST_ACCESS>;

export function makeFlinkRunFolder(dataDirectory: string): Promise<RunFolder> {
  return makeRunFolder(runsOf(dataDirectory));
}

/** Keeps it in the folder of the run. */
export async function keepRestAccess(folder: string, access: RestAccess): Promise<void> {
  const file = path.join(folder, FILE);
  // A file that is there already would keep its mode.
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify(access), { mode: 0o600, flag: "wx" });
}

/** The token of the embedded Flink that runs at this address; undefined of any other Flink. */
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
