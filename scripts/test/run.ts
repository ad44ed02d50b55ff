/** Runs checks and tests in processes of their own, and counts. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import pLimit from "p-limit";
import { type Tally, TALLY_VARIABLE } from "../../test/support/tally-reporter";
import { type Check, ROOT } from "./phases";
import type { TestRun } from "./runs";

const MINUTE_MS = 60_000;
/** Number of checks that run at once. */
const CHECKS_AT_ONCE = 2;
const MOCHA = [
  path.join(ROOT, "node_modules/mocha/bin/mocha.js"),
  ...["--reporter", path.join(ROOT, "test/support/tally-reporter.ts"), "--forbid-only", "--exit"],
];

/** Runs the checks. Their output appears as it comes, since most print nothing until their end. */
export async function runChecks(checks: readonly Check[]): Promise<Tally> {
  const startMs = Date.now();
  console.log("\nchecks");
  const limit = pLimit(CHECKS_AT_ONCE);
  const runOne = async (check: Check): Promise<boolean> => {
    const ownStartMs = Date.now();
    const passes = (await run(check)) === 0;
    console.log(`  ${passes ? "✓" : "✗"} ${check.name} (${secondsSince(ownStartMs)} s)`);
    return passes;
  };
  const results = await Promise.all(checks.map((check) => limit(runOne, check)));
  const passed = results.filter(Boolean).length;
  return concluded({ passed, failed: results.length - passed, skipped: 0 }, startMs);
}

/** Runs the tests; `title` is a text in the titles of wanted tests. */
export async function runTests(
  { name, files, filesAtOnce, timeoutMs }: TestRun,
  title: string | undefined,
  tallyFolder: string,
): Promise<Tally> {
  const startMs = Date.now();
  const tallyFile = path.join(tallyFolder, name);
  console.log(`\n${name}`);
  // Without files there is nothing to run, and mocha would fail.
  if (files.length === 0) return concluded({ passed: 0, failed: 0, skipped: 0 }, startMs);
  const parallel = filesAtOnce > 1 && files.length > 1 ? ["--parallel", "--jobs", String(filesAtOnce)] : [];
  const search = title === undefined ? [] : ["--fgrep", title];
  const args = [...MOCHA, ...parallel, ...search, ...files];
  const exitCode = await run({ name, timeoutMs, args }, { [TALLY_VARIABLE]: tallyFile });
  return concluded(readTally(tallyFile, exitCode), startMs);
}

export function sumOf(tallies: readonly Tally[]): Tally {
  const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    passed: sum((each) => each.passed),
    failed: sum((each) => each.failed),
    skipped: sum((each) => each.skipped),
  };
}

export function textOf({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function concluded(tally: Tally, startMs: number): Tally {
  console.log(`  ${textOf(tally)} in ${secondsSince(startMs)} s`);
  return tally;
}

function secondsSince(startMs: number): string {
  return ((Date.now() - startMs) / 1_000).toFixed(1);
}

/** Runs a check. Resolves with the exit code. */
function run({ name, args, timeoutMs }: Check, environment: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    // Silences the rooms' logs about trouble that tests make, which would hide the tests' own output.
    env: { CHAT_SESSIONS_LOG_LEVEL: "silent", CHAT_SESSIONS_LOCAL_ENCODER: "false", ...process.env, ...environment },
  });
  const timer = setTimeout(() => {
    console.log(`  ${name} did not end within ${timeoutMs / MINUTE_MS} minutes`);
    child.kill("SIGKILL");
  }, timeoutMs);
  return new Promise((resolve) => {
    child.once("error", (error) => {
      console.log(`  ${error.message}`);
      resolve(1);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

/** A failure before any test failed, for instance while files were loaded, counts as one. */
function readTally(file: string, exitCode: number): Tally {
  try {
    const tally = JSON.parse(readFileSync(file, "utf8")) as Tally;
    return tally.failed > 0 || exitCode === 0 ? tally : { ...tally, failed: 1 };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
