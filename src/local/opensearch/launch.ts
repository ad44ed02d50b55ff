/**
 * Runs a real OpenSearch with k-NN as a process of its own, on 127.0.0.1 and without security. It counts as started
 * when its health is yellow or green; just after a restart it is red for a moment.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { environmentFor, JAVA_MISSING, type LocalChild, makePrivateFolder, startProgram } from "../../beam/process";
import { JobError } from "../../chat/errors";
import { buildOpenSearch, openSearchBuildDirectory } from "./build";

export { buildOpenSearch } from "./build";

const START_TIMEOUT_MS = 120_000;
/** It writes what it has in memory before it ends. */
const STOP_TIMEOUT_MS = 15_000;
const TITLE = "The embedded OpenSearch";

export interface OpenSearchOptions {
  /** Folder of indexes, settings and `server.log`; created when missing. One server at a time. */
  readonly dataDirectory: string;
  /** 0 or missing takes a free port. */
  readonly port?: number;
  /** Java heap in MiB, default 512. The process takes about 200 MiB more. */
  readonly heapMb?: number;
  /** True for a server with much to do: it starts more slowly, and then computes several times faster. */
  readonly isForWork?: boolean;
}

export interface RunningOpenSearch extends Pick<LocalChild, "pid" | "ended" | "stop"> {
  readonly url: string;
}

/** Starts the server, and builds it first when there is no build yet. Rejects with LOCAL_SERVICE. */
export async function startOpenSearch(options: OpenSearchOptions): Promise<RunningOpenSearch> {
  await buildOpenSearch(() => undefined);
  const build = await openSearchBuildDirectory();
  const dataDirectory = path.resolve(options.dataDirectory);
  await makePrivateFolder(dataDirectory);
  const logFile = path.join(dataDirectory, "server.log");
  const heapMb = options.heapMb ?? 512;
  const child = await startProgram({
    title: TITLE,
    command: "java",
    howToGet: JAVA_MISSING,
    args: [
      `-Xms${Math.min(heapMb, 128)}m`,
      `-Xmx${heapMb}m`,
      "-XX:+UseSerialGC",
      // No second compiler, because a quick start on a laptop counts more than a server's speed.
      ...(options.isForWork === true ? [] : ["-XX:TieredStopAtLevel=1"]),
      "-XX:+ExitOnOutOfMemoryError",
      "-cp",
      [path.join(build, "classes"), path.join(build, "lib", "*"), path.join(build, "knn", "*")].join(":"),
      "OpenSearchLocal",
      dataDirectory,
      String(options.port ?? 0),
    ],
    environment: environmentFor(["java"]),
    logFile,
    readyTimeoutMs: START_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
  }).catch(async (error: unknown) => {
    throw (await knownFailure(logFile, options, error)) ?? error;
  });
  const { pid, port, ended } = child;
  const stop = (): Promise<void> => child.stop();
  const url = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([health(url), ended.then(() => Promise.reject(new Error("it ended by itself")))]);
    return { url, pid, ended, stop };
  } catch (cause) {
    await stop();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JobError("LOCAL_SERVICE", `${TITLE} did not start: ${why} (its log is ${logFile}).`, { cause });
  }
}

async function health(url: string): Promise<void> {
  const address = `${url}/_cluster/health?wait_for_status=yellow&timeout=${START_TIMEOUT_MS}ms`;
  const { ok } = await fetch(address, { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
  if (!ok) throw new Error(`its health stayed red for ${START_TIMEOUT_MS / 1000} s`);
}

/** Recognizes failures that the user can resolve, by the server's log. */
async function knownFailure(
  logFile: string,
  { dataDirectory, port }: OpenSearchOptions,
  cause: unknown,
): Promise<JobError | undefined> {
  const log = await readFile(logFile, "utf8").catch(() => "");
  const refuse = (sentence: string): JobError => new JobError("LOCAL_SERVICE", sentence, { cause });
  if (/failed to obtain node locks|Lock held by another program/.test(log)) {
    return refuse(`Another OpenSearch already uses ${dataDirectory}: stop it, or use another folder.`);
  }
  if (log.includes("BindHttpException")) {
    return refuse(`Port ${port} for the embedded OpenSearch is taken: stop what uses it, or choose another port.`);
  }
  return undefined;
}
