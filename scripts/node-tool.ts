import { spawnSync } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(__dirname, "..");

/** Runs a developer tool out of node_modules, with what it prints; its exit code becomes this process's. */
export function runTool(bin: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [path.join(ROOT, "node_modules", bin), ...args], {
    cwd: ROOT,
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = status ?? 1;
}
