/**
 * Runs the programs that make a build.
 *
 * 1. A step has its own process group. So the first Ctrl-C in a terminal, a wish to stop, fails no build that is under
 *    way.
 * 2. A step ends with this process: when it exits, and by a signal that nobody else here listens to.
 * 3. A step's output never reaches the terminal. The end of it goes into the error, all of it into a file.
 */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { BeamError } from "../error";
import { environmentFor } from "./environment";

const LOG_TAIL_CHARACTERS = 2_000;

export const JAVA_MISSING =
  "install Java 17 (Debian: apt install openjdk-17-jdk-headless, macOS: brew install openjdk@17) and start again";

const HOW_TO_GET = {
  mvn: "Maven is missing: install it (Debian: apt install maven, macOS: brew install maven) and start again",
  javac: `A Java development kit is missing: ${JAVA_MISSING}`,
  jar: `A Java development kit is missing: ${JAVA_MISSING}`,
} as const;

export interface BuildStep {
  readonly command: keyof typeof HOW_TO_GET;
  readonly parameters: readonly string[];
}

const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Process groups of the steps that run. */
const GROUPS = new Set<number>();
/** Steps that run or are about to. */
let steps = 0;

/** Runs a step to its end. Rejects with LOCAL_SERVICE when it cannot run, or fails. */
export async function runStep({ command, parameters }: BuildStep, title: string, logFile: string): Promise<void> {
  const startBytes = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  const output = createWriteStream(logFile, { flags: "a" });
  const code = await new Promise<number | null>((settle, fail) => {
    // Before the start: a signal that came in between would leave the step running.
    if (steps++ === 0) listen();
    const child = spawn(command, parameters, {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: environmentFor(["java", "maven", "download"]),
    });
    if (child.pid !== undefined) GROUPS.add(child.pid);
    child.once("error", (error: NodeJS.ErrnoException) => {
      GROUPS.delete(child.pid ?? 0);
      const message = error.code === "ENOENT" ? `${HOW_TO_GET[command]}.` : `${command} cannot run: ${error.message}.`;
      fail(new BeamError("LOCAL_SERVICE", message, { cause: error }));
    });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    child.once("close", (exitCode) => {
      GROUPS.delete(child.pid ?? 0);
      settle(exitCode);
    });
  }).finally(() => {
    if (--steps === 0) unlisten();
    return new Promise((ended) => output.end(ended));
  });
  if (code === 0) return;
  // An earlier step has written to the same file.
  const own = (await readFile(logFile)).subarray(startBytes).toString("utf8");
  const tail = own.slice(-LOG_TAIL_CHARACTERS).trim();
  throw new BeamError(
    "LOCAL_SERVICE",
    `${title} could not be built (${command} failed, all of its output is in ${logFile}):\n${tail}`,
  );
}

function listen(): void {
  process.on("exit", endGroups);
  for (const signal of ENDING_SIGNALS) process.on(signal, endBy);
}

function unlisten(): void {
  process.off("exit", endGroups);
  for (const signal of ENDING_SIGNALS) process.off(signal, endBy);
}

/** Lets the signal end this process, as it would without a build, unless others listen: they decide. */
function endBy(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endGroups();
  unlisten();
  process.kill(process.pid, signal);
}

function endGroups(): void {
  for (const group of GROUPS) {
    try {
      // Nothing of an unfinished build is kept, so nothing has to end in order.
      process.kill(-group, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}
