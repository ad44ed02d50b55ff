/** Runs each measured pipeline in a process of its own, so that its CPU time and memory are its own. */
import { spawn } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../../..");
/** Folder for CPU profiles of every measured process; none without it. */
const PROFILE_FOLDER = process.env["BENCH_PROFILE"];

/** Runs a script of `test/bench/jobs` and returns the JSON object that it prints last. */
export async function runMeasured<T>(script: string, args: object, onLine?: (line: string) => void): Promise<T> {
  const profile = PROFILE_FOLDER === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", PROFILE_FOLDER];
  const file = path.join(ROOT, "test/bench/jobs", script);
  const child = spawn(
    process.execPath,
    [...profile, "-r", "ts-node/register/transpile-only", file, JSON.stringify(args)],
    {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (onLine === undefined) return;
    const lines = output.split("\n");
    output = lines.at(-1) ?? "";
    lines.slice(0, -1).forEach(onLine);
  });
  const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (exitCode !== 0) throw new Error(`${script} ended with exit code ${exitCode}`);
  return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as T;
}

/** The arguments that a measured process was given. */
export function measuredArgs<T>(): T {
  return JSON.parse(process.argv[2] ?? "{}") as T;
}

/** Written without a line's end, because more lines would follow it. */
export function report(figures: object): void {
  process.stdout.write(JSON.stringify(figures));
}

export interface Usage {
  readonly wallS: number;
  readonly cpuS: number;
  /** Over the process's whole life. */
  readonly peakRssMb: number;
}

/** Wall and CPU time of the work, user and system, all threads. */
export async function measure(work: () => Promise<void>): Promise<Usage> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const wallS = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallS, cpuS: (user + system) / 1e6, peakRssMb: process.resourceUsage().maxRSS / 1_024 };
}
