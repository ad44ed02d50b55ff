/**
 * Runs a real OpenSearch with k-NN as a process of its own, on 127.0.0.1 and without security. It counts as started
 * when its health is yellow or green; just after a restart it is red for a moment.
 */
import { readFile } from "node:fs/promises";
import { archivedClasses, type LocalChild } from "../../beam/process";
import { JobError } from "../../chat/errors";
import { buildOpenSearch, openSearchBuildDirectory } from "./build";
import { health, logFileOf, type OpenSearchOptions, startBuilt, TITLE } from "./program";

export { buildOpenSearch } from "./build";
export type { OpenSearchOptions } from "./program";

export interface RunningOpenSearch extends Pick<LocalChild, "pid" | "ended" | "stop"> {
  readonly url: string;
}

/** Starts the server, and builds it first when there is no build yet. Rejects with LOCAL_SERVICE. */
export async function startOpenSearch(options: OpenSearchOptions): Promise<RunningOpenSearch> {
  await buildOpenSearch(() => undefined);
  const build = await openSearchBuildDirectory();
  const child = await startBuilt(build, archivedClasses(build), options).catch(async (error: unknown) => {
    throw (await knownFailure(options, error)) ?? error;
  });
  const { pid, port, ended } = child;
  const stop = (): Promise<void> => child.stop();
  const url = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([health(port), ended.then(() => Promise.reject(new Error("it ended by itself")))]);
    return { url, pid, ended, stop };
  } catch (cause) {
    await stop();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JobError("LOCAL_SERVICE", `${TITLE} did not start: ${why} (its log is ${logFileOf(options)}).`, {
      cause,
    });
  }
}

/** Recognizes failures that the user can resolve, by the server's log. */
async function knownFailure(options: OpenSearchOptions, cause: unknown): Promise<JobError | undefined> {
  const { dataDirectory, port } = options;
  const log = await readFile(logFileOf(options), "utf8").catch(() => "");
  const refuse = (sentence: string): JobError => new JobError("LOCAL_SERVICE", sentence, { cause });
  if (/failed to obtain node locks|Lock held by another program/.test(log)) {
    return refuse(`Another OpenSearch already uses ${dataDirectory}: stop it, or use another folder.`);
  }
  if (log.includes("BindHttpException")) {
    return refuse(`Port ${port} for the embedded OpenSearch is taken: stop what uses it, or choose another port.`);
  }
  return undefined;
}
