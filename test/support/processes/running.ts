/** Lists running processes. */
import { execFileSync } from "node:child_process";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The descendants of a process. */
export function descendantsOf(pid: number): readonly Process[] {
  const all = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
    .split("\n")
    .flatMap((line) => {
      const [, own, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return own === undefined ? [] : [{ pid: Number(own), parent: Number(parent), command }];
    });
  return descendantsAmong(all, pid);
}

/** The descendants that run DoFns for Flink. */
export function workersBelow(pid: number): readonly number[] {
  const isWorker = ({ command }: Process): boolean => command.includes("--provision_endpoint");
  return descendantsOf(pid)
    .filter(isWorker)
    .map((worker) => worker.pid);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** False where the process has ended by itself. */
export function killIfAlive(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

function descendantsAmong(all: readonly Process[], pid: number): readonly Process[] {
  return all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...descendantsAmong(all, child.pid)]);
}
