/** Commands of this project as processes of their own. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { until } from "../until";

const ROOT = path.resolve(__dirname, "../../..");

export interface Command {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>;
  /**
   * Waits until the condition holds; throws with what the command printed when that takes too long, or it has ended.
   */
  until(what: string, holds: () => Promise<boolean> | boolean, limitMs?: number): Promise<void>;
}

/** Runs one of the job's commands without npm, so that a signal reaches it at once. */
export function command(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Command {
  return collected(
    spawn(process.execPath, ["scripts/bootstrap.mjs", "src/main.ts", ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    }),
  );
}

/** The same with these lines on its standard input. */
export function given(args: readonly string[], input: string): Command {
  const child = spawn(process.execPath, ["scripts/bootstrap.mjs", "src/main.ts", ...args], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(input);
  return collected(child);
}

/** Runs one of package.json's scripts the way npm does, without any setting of this machine's own. */
export function npm(script: string, ...args: readonly string[]): Command {
  const child = spawn("npm", ["run", "--silent", script, "--", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|CHAT_SESSIONS_)/.test(name))),
  });
  return collected(child);
}

function collected(child: ChildProcessByStdio<Writable | null, Readable, Readable>): Command {
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
  const ended = new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  const output = (): string => stdout + stderr;
  return {
    process: child,
    output,
    ended,
    async until(what, holds, limitMs) {
      const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
      const failed = (cause: unknown): never => {
        throw new Error(`${what}: ${hasEnded() ? "the command has ended" : "it runs on"} after\n${output()}`, {
          cause,
        });
      };
      let isTrue = false;
      const settled = async (): Promise<boolean> => (isTrue = await holds()) || hasEnded();
      await until(what, settled, limitMs).catch(failed);
      if (!isTrue) failed(undefined);
    },
  };
}
