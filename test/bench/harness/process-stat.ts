/** Facts of other processes in Linux's /proc/<pid>/stat. */
import { readFileSync } from "node:fs";

/** Linux's USER_HZ, the same on every platform that Node supports. */
const TICKS_PER_S = 100;

export interface ProcessStat {
  /** The parent's process id. */
  readonly parent: number;
  /** CPU time so far, user and system, of all threads. */
  readonly cpuMs: number;
}

/** Throws where there is no such process, or no /proc. */
export function processStat(pid: number | string): ProcessStat {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The program's name, in brackets, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { parent: Number(fields[1]), cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_S };
}
