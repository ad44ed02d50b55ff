/**
 * A service in a child process, for as long as this process lives.
 *
 * 1. A child ends with its parent, however the parent ends: it watches its standard input, which only the parent holds
 *    open.
 * 2. A child has its own process group. So Ctrl-C in a terminal reaches only the parent, which still needs its services
 *    while it drains.
 * 3. A child's output never reaches the terminal. The end of it goes into the error when the child fails.
 * 4. A child gets only the environment variables that it needs. Its files are readable by its user alone.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { BeamError } from "../error";
import { PRIVATE_FILE_MODE, privately } from "./private";

const PORT = z.int().min(1).max(65_535);
/** The line that a child prints to its standard output once it serves. */
const READY_LINE = z.object({ ready: z.literal(true), port: PORT, webPort: PORT.optional() });
const READY_START = '{"ready":';
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
/** Limit of the last output of a failed child that an error quotes. */
const MAX_QUOTED_CHARACTERS = 500;
/** Limit of an output that is kept until the child is ready. */
const MAX_HELD_CHARACTERS = 10_000;

export interface LocalChild {
  readonly pid: number;
  readonly port: number;
  /** Port of its web page, if it has one. */
  readonly webPort: number | undefined;
  /** Resolves when the process has ended. `wanted` is false when nobody asked it to. */
  readonly ended: Promise<{ readonly wanted: boolean }>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** Name for messages, such as "The embedded Kinesis". */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The child's complete environment. */
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Advice that the error gives when the command does not exist. */
  readonly howToGet?: string;
  /** Default: this process's own working directory. */
  readonly cwd?: string;
  /** How long the ready line may take; default 60 s. */
  readonly readyTimeoutMs?: number;
  /** A child that takes longer to end after being asked is killed; default 5 s. */
  readonly stopTimeoutMs?: number;
}

/**
 * Starts a program that watches its standard input and prints the ready line. Rejects with LOCAL_SERVICE once the
 * program's log is complete.
 */
export async function startProgram(options: ProgramOptions): Promise<LocalChild> {
  const { stopTimeoutMs = STOP_TIMEOUT_MS } = options;
  const child = privately(() =>
    spawn(options.command, options.args, {
      cwd: options.cwd,
      detached: true,
      env: options.environment,
      stdio: ["pipe", "pipe", "pipe"],
    }),
  );
  // Writing to a child that has closed its input must not crash this process.
  child.stdin.on("error", () => undefined);
  const log = createWriteStream(options.logFile, { flags: "w", mode: PRIVATE_FILE_MODE });
  const outputs = [child.stdout, child.stderr];
  for (const output of outputs) output.pipe(log, { end: false });
  const logged = new Promise<void>((resolve) => log.once("close", resolve));
  // A log that cannot be written, on a full disk, neither ends this process nor makes the child wait for it.
  log.on("error", () => {
    for (const output of outputs) output.unpipe(log).resume();
  });

  let wanted = false;
  const ended = new Promise<{ wanted: boolean }>((resolve) => {
    child.once("close", () => {
      log.end();
      resolve({ wanted });
    });
  });
  const stop = async (): Promise<void> => {
    wanted = true;
    child.stdin.end();
    const killer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    await ended;
    clearTimeout(killer);
  };

  try {
    const ports = await readyPorts(child, options);
    return { pid: child.pid ?? 0, ...ports, ended, stop };
  } catch (error) {
    child.kill("SIGKILL");
    // A process that the child has started may hold its output open.
    await Promise.race([logged, sleep(stopTimeoutMs, undefined, { ref: false })]);
    throw error;
  }
}

type Ports = Pick<LocalChild, "port" | "webPort">;

/** Resolves with the ports in the child's first ready line. */
function readyPorts(child: ChildProcess, options: ProgramOptions): Promise<Ports> {
  return new Promise((resolve, reject) => {
    let output = "";
    let printed = "";
    const fail = (what: string, cause?: unknown): void => {
      clearTimeout(timer);
      const tail = output.trim().slice(-MAX_QUOTED_CHARACTERS);
      reject(
        new BeamError("LOCAL_SERVICE", `${options.title} ${what}${tail === "" ? "" : `; it said: ${tail}`}.`, {
          cause,
        }),
      );
    };
    const { readyTimeoutMs = READY_TIMEOUT_MS } = options;
    const timer = setTimeout(() => fail(`did not start within ${readyTimeoutMs / 1000} s`), readyTimeoutMs);
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString("utf8")).slice(-MAX_HELD_CHARACTERS);
    };
    // Standard output alone: standard error may have an unfinished line in between.
    const look = (chunk: Buffer): void => {
      printed = (printed + chunk.toString("utf8")).slice(-MAX_HELD_CHARACTERS);
      const ports = readyIn(printed);
      if (ports === undefined) return;
      clearTimeout(timer);
      child.stdout?.off("data", collect).off("data", look);
      child.stderr?.off("data", collect);
      resolve(ports);
    };
    child.stdout?.on("data", collect).on("data", look);
    child.stderr?.on("data", collect);
    child.once("error", (error: NodeJS.ErrnoException) => {
      const hint = error.code === "ENOENT" && options.howToGet !== undefined ? `: ${options.howToGet}` : "";
      fail(`could not be started (${error.message})${hint}`, error);
    });
    child.once("close", (code) => fail(`ended at its start with exit code ${code ?? "none"}`));
  });
}

/**
 * Finds the ready line in an output, also behind the beginning of another line. Returns undefined where there is none.
 */
export function readyIn(output: string): Ports | undefined {
  for (const line of output.split("\n")) {
    const at = line.indexOf(READY_START);
    const ports = at < 0 ? undefined : parseReadyLine(line.slice(at));
    if (ports !== undefined) return ports;
  }
  return undefined;
}

function parseReadyLine(line: string): Ports | undefined {
  try {
    const { data } = READY_LINE.safeParse(JSON.parse(line));
    return data && { port: data.port, webPort: data.webPort };
  } catch {
    return undefined;
  }
}
