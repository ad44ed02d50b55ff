/** Measures CPU time and memory of a process and its descendants, by program, from /proc; empty where there is none. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { processStat } from "../harness/process-stat";

export interface ProgramUsage {
  readonly cpuS: number;
  /** Memory of the largest single process. */
  readonly rssMb: number;
}

interface Sample extends ProgramUsage {
  readonly parent: number;
  readonly program: string;
}

/** Watches from `start` on; a process that has ended keeps its last sample. */
export class ProcessWatch {
  private readonly cpuS = new Map<string, number>();
  private readonly peaks = new Map<string, number>();
  private readonly before = new Map<string, number>();
  readonly series: { readonly atS: number; readonly usage: ReadonlyMap<string, ProgramUsage> }[] = [];
  private readonly startedMs = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly rootPid: number,
    everyMs: number,
  ) {
    for (const [program, { cpuS }] of this.sample()) this.before.set(program, cpuS);
    this.timer = setInterval(() => this.look(), everyMs);
  }

  stop(): ReadonlyMap<string, ProgramUsage> {
    clearInterval(this.timer);
    this.look();
    return new Map(
      [...this.cpuS].map(([program, cpuS]) => [
        program,
        { cpuS: cpuS - (this.before.get(program) ?? 0), rssMb: this.peaks.get(program) ?? 0 },
      ]),
    );
  }

  private look(): void {
    const usage = this.sample();
    for (const [program, { cpuS, rssMb }] of usage) {
      this.cpuS.set(program, Math.max(cpuS, this.cpuS.get(program) ?? 0));
      this.peaks.set(program, Math.max(rssMb, this.peaks.get(program) ?? 0));
    }
    this.series.push({ atS: (performance.now() - this.startedMs) / 1_000, usage });
  }

  private sample(): ReadonlyMap<string, ProgramUsage> {
    const all = new Map<number, Sample>();
    for (const name of /^linux/.test(process.platform) ? readdirSync("/proc") : []) {
      const found = /^\d+$/.test(name) ? sampleOf(name) : undefined;
      if (found !== undefined) all.set(Number(name), found);
    }
    const usage = new Map<string, ProgramUsage>();
    for (const [pid, { cpuS, rssMb, program }] of all) {
      if (!this.isOurs(pid, all)) continue;
      const sum = usage.get(program) ?? { cpuS: 0, rssMb: 0 };
      usage.set(program, { cpuS: sum.cpuS + cpuS, rssMb: Math.max(sum.rssMb, rssMb) });
    }
    return usage;
  }

  private isOurs(pid: number, all: ReadonlyMap<number, Sample>): boolean {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = all.get(at)?.parent) {
      if (at === this.rootPid) return true;
    }
    return false;
  }
}

function sampleOf(pid: string): Sample | undefined {
  try {
    const { parent, cpuMs } = processStat(pid);
    const rssKb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return {
      parent,
      cpuS: cpuMs / 1_000,
      rssMb: Number(rssKb ?? 0) / 1_024,
      program: path.basename(readlinkSync(`/proc/${pid}/exe`)),
    };
  } catch {
    return undefined;
  }
}
