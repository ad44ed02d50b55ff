/**
 * Runs a real OpenSearch with k-NN as a process of its own, on 127.0.0.1 and without security.
 *
 * 1. The server ends when its standard input does, so it never outlives this process, however that ends.
 * 2. It has a process group of its own: Ctrl-C reaches this process first, which drains before it stops the server.
 * 3. It counts as started when its health is yellow or green; just after a restart it is red for a moment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { JobError } from "../../chat/errors";
import { environmentFor, makePrivateFolder, PRIVATE_FILE_MODE, privately } from "../../beam/process";
import { buildOpenSearch, openSearchBuildDirectory } from "./build";

export { buildOpenSearch } from "./build";

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 15_000;
const LOG_TAIL_CHARACTERS = 2_000;

export interface OpenSearchOptions {
  /** Folder of indexes, settings and `server.log`; created when missing. One server at a time. */
  readonly dataDirectory: string;
  /** 0 or missing takes a free port. */
  readonly port?: number;
  /** Java heap in MiB, default 512. The process takes about 200 MiB more. */
  readonly heapMb?: number;
}

export interface RunningOpenSearch {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended, by `stop` or by itself. */
  readonly exited: Promise<void>;
  /** Closes the server and waits for its end; killed after 15 s. */
  stop(): Promise<void>;
}

/** Starts the server, and builds it first when there is no build yet. Rejects with LOCAL_SERVICE. */
export async function startOpenSearch(options: OpenSearchOptions): Promise<RunningOpenSearch> {
  await buildOpenSearch(() => undefined);
  const build = await openSearchBuildDirectory();
  const dataDirectory = resolve(options.dataDirectory);
  await makePrivateFolder(dataDirectory);
  const logFile = join(dataDirectory, "server.log");
  const heapMb = options.heapMb ?? 512;
  const log = await open(logFile, "w", PRIVATE_FILE_MODE);
  const args = [
    `-Xms${Math.min(heapMb, 128)}m`,
    `-Xmx${heapMb}m`,
    // Few threads and no second compiler, because a quick start on a laptop counts more than a server's last per cent
    // of speed.
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-cp",
    [join(build, "classes"), join(build, "lib", "*"), join(build, "knn", "*")].join(":"),
    "OpenSearchLocal",
    dataDirectory,
    String(options.port ?? 0),
  ];
  const env = environmentFor(["java"]);
  const child = privately(() => spawn("java", args, { stdio: ["pipe", "pipe", log.fd], detached: true, env }));
  const exited = new Promise<void>((settle) => {
    child.once("error", () => settle());
    child.once("exit", () => settle());
  });
  const stop = () => stopProcess(child, exited);
  try {
    const port = await readyPort(child, exited);
    const url = `http://127.0.0.1:${port}`;
    await waitForHealth(url, exited);
    return { url, pid: child.pid ?? 0, exited, stop };
  } catch (error) {
    await stop();
    throw new JobError("LOCAL_SERVICE", await failureSentence(error, logFile, options), { cause: error });
  } finally {
    await log.close();
  }
}

/** The port that the server says it listens on. */
async function readyPort(child: ChildProcess, exited: Promise<void>): Promise<number> {
  const output = child.stdout;
  if (output === null) throw new Error("the server has no standard output");
  const lines = createInterface({ input: output });
  const ready = new Promise<number>((found, fail) => {
    lines.on("line", (line) => {
      const port = /^READY (\d+)$/.exec(line)?.[1];
      if (port !== undefined) found(Number(port));
    });
    child.once("error", fail);
  });
  return within(ready, exited);
}

async function waitForHealth(url: string, exited: Promise<void>): Promise<void> {
  const ask = async () => {
    const response = await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=${START_TIMEOUT_MS}ms`);
    if (!response.ok) throw new Error(`its health stayed red for ${START_TIMEOUT_MS / 1000} s`);
  };
  await within(ask(), exited);
}

async function within<T>(work: Promise<T>, exited: Promise<void>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`it was not ready after ${START_TIMEOUT_MS / 1000} s`)), START_TIMEOUT_MS);
  });
  const died = exited.then(() => Promise.reject(new Error("it ended by itself")));
  died.catch(() => undefined);
  return Promise.race([work, late, died]).finally(() => clearTimeout(timer));
}

async function stopProcess(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.stdin?.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

async function failureSentence(error: unknown, logFile: string, options: OpenSearchOptions): Promise<string> {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") {
    return "Java is missing: install version 17 (Debian: apt install openjdk-17-jre-headless, macOS: brew install openjdk@17) and start again.";
  }
  const log = await readFile(logFile, "utf8").catch(() => "");
  if (/failed to obtain node locks|Lock held by another program/.test(log)) {
    return `Another OpenSearch already uses ${options.dataDirectory}: stop it, or use another folder.`;
  }
  if (log.includes("BindHttpException")) {
    return `Port ${options.port} for the embedded OpenSearch is taken: stop what uses it, or choose another port.`;
  }
  const why = error instanceof Error ? error.message : String(error);
  return `The embedded OpenSearch did not start: ${why} (its log is ${logFile}).\n${log.slice(-LOG_TAIL_CHARACTERS).trim()}`;
}
