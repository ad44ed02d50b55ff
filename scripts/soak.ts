/**
 * Runs the long tests in full: outages of a minute and of a quarter of an hour, many kills, an hour of random
 * histories, ten minutes of steady load, an hour of idling. Takes about three and a half hours.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(__dirname, "..");

function run(script: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [script, ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, SOAK: "1" },
  });
  if (status !== 0) process.exitCode = 1;
}

run("node_modules/mocha/bin/mocha.js", [
  "--spec",
  "test/e2e/faults/**/*.test.ts",
  "--spec",
  "test/e2e/recovery/**/*.test.ts",
  "--spec",
  "test/integration/job/*.test.ts",
  "--spec",
  "test/integration/alerts/*.test.ts",
]);
run("node_modules/mocha/bin/mocha.js", ["--spec", "test/integration/flink/idle.test.ts"]);
run("node_modules/mocha/bin/mocha.js", ["--spec", "test/unit/beam/harness/memory.test.ts"]);
run("scripts/bootstrap.mjs", ["scripts/bench.ts", "memory", "flink-latency", "flink-bedrock"]);
