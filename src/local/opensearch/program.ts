/** Starts the program of a built OpenSearch. */
import path from "node:path";
import { environmentFor, JAVA_MISSING, type LocalChild, makePrivateFolder, startProgram } from "../../beam/process";

export const START_TIMEOUT_MS = 120_000;
/** It writes what it has in memory before it ends. */
const STOP_TIMEOUT_MS = 15_000;
export const TITLE = "The embedded OpenSearch";

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

export function logFileOf({ dataDirectory }: OpenSearchOptions): string {
  return path.join(path.resolve(dataDirectory), "server.log");
}

/**
 * Resolves once the server listens. `build` is the folder of the build; `javaOptions` come before all others. Rejects
 * with LOCAL_SERVICE.
 */
export async function startBuilt(
  build: string,
  javaOptions: readonly string[],
  options: OpenSearchOptions,
  stopTimeoutMs = STOP_TIMEOUT_MS,
): Promise<LocalChild> {
  const dataDirectory = path.resolve(options.dataDirectory);
  await makePrivateFolder(dataDirectory);
  const heapMb = options.heapMb ?? 512;
  return startProgram({
    title: TITLE,
    command: "java",
    howToGet: JAVA_MISSING,
    args: [
      ...javaOptions,
      `-Xms${Math.min(heapMb, 128)}m`,
      `-Xmx${heapMb}m`,
      "-XX:+UseSerialGC",
      // No second compiler, because a quick start on a laptop counts more than a server's speed.
      ...(options.isForWork === true ? [] : ["-XX:TieredStopAtLevel=1"]),
      "-XX:+ExitOnOutOfMemoryError",
      "-cp",
      [path.join(build, "server.jar"), path.join(build, "lib", "*"), path.join(build, "knn", "*")].join(":"),
      "OpenSearchLocal",
      dataDirectory,
      String(options.port ?? 0),
    ],
    environment: environmentFor(["java"]),
    logFile: logFileOf(options),
    readyTimeoutMs: START_TIMEOUT_MS,
    stopTimeoutMs,
  });
}

/** Rejects when the server does not become healthy in time. */
export async function health(port: number): Promise<void> {
  const address = `http://127.0.0.1:${port}/_cluster/health?wait_for_status=yellow&timeout=${START_TIMEOUT_MS}ms`;
  const { ok } = await fetch(address, { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
  if (!ok) throw new Error(`its health stayed red for ${START_TIMEOUT_MS / 1000} s`);
}
