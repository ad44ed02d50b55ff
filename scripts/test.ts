/**
 * All that must hold: `npm test`, or some of it: `npm test -- unit lint`. The last line is `N passed, N failed, N
 * skipped`; the exit code is 1 unless none failed. Long runs are shortened here, and whole in `npm run soak`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pLimit from "p-limit";
import { type Tally, TALLY_VARIABLE } from "../test/support/tally-reporter";

const ROOT = path.resolve(__dirname, "..");
const MODULES = path.join(ROOT, "node_modules");

interface Phase {
  readonly name: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** Of a check that must have been run before. */
  readonly needs?: string;
  /** Where its files of tests are. */
  readonly folder?: string;
}

const MINUTE_MS = 60_000;
/** Checks, and files of tests that may be together: tests of whole processes wait more than they compute. */
const SIDE_BY_SIDE = 2;

/** Its exit code is one test's. */
function check(name: string, ...args: readonly string[]): Phase {
  return { name, args, timeoutMs: 10 * MINUTE_MS };
}

/** Files of tests, one after the other. */
function tests(name: string, timeoutMinutes: number): Phase {
  const reporter = path.join(ROOT, "test/support/tally-reporter.ts");
  const mocha = path.join(MODULES, "mocha/bin/mocha.js");
  const folder = `test/${name}`;
  const args = [mocha, "--reporter", reporter, "--forbid-only", "--exit", "--spec", `${folder}/**/*.test.ts`];
  return { name, args, timeoutMs: timeoutMinutes * MINUTE_MS, folder };
}

function parallel(phase: Phase): Phase {
  return { ...phase, args: [...phase.args, "--parallel", "--jobs", String(SIDE_BY_SIDE)] };
}

function afterJava(phase: Phase): Phase {
  return { ...phase, needs: "java" };
}

/** Side by side, the longest first. */
const CHECKS: readonly Phase[] = [
  check("lint", path.join(MODULES, "eslint/bin/eslint.js"), "."),
  check("java", "--require", "ts-node/register", path.join(ROOT, "test/support/build-java.ts")),
  check("format", path.join(MODULES, "prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", "."),
  check("types", path.join(MODULES, "typescript/bin/tsc"), "-p", "."),
];

const TESTS: readonly Phase[] = [
  parallel(tests("unit", 10)),
  parallel(afterJava(tests("conformance", 15))),
  parallel(afterJava(tests("integration", 30))),
  parallel(afterJava(tests("security", 10))),
  parallel(afterJava(tests("faults", 20))),
  // Recovery comes near its limit of time even with the machine to itself.
  afterJava(tests("recovery", 20)),
  parallel(afterJava(tests("rehearsal", 20))),
];

/** What they print comes when they print it: most have nothing to say until their end. */
async function runChecks(checks: readonly Phase[]): Promise<Tally> {
  const startMs = Date.now();
  console.log("\nchecks");
  const limit = pLimit(SIDE_BY_SIDE);
  const runOne = async (phase: Phase): Promise<boolean> => {
    const ownStartMs = Date.now();
    const passes = (await run(phase)) === 0;
    console.log(`  ${passes ? "✓" : "✗"} ${phase.name} (${secondsSince(ownStartMs)} s)`);
    return passes;
  };
  const results = await Promise.all(checks.map((phase) => limit(runOne, phase)));
  const passed = results.filter(Boolean).length;
  return concluded({ passed, failed: results.length - passed, skipped: 0 }, startMs);
}

async function runTests(phase: Phase, tallyFolder: string): Promise<Tally> {
  const startMs = Date.now();
  const tallyFile = path.join(tallyFolder, phase.name);
  console.log(`\n${phase.name}`);
  if (!hasFiles(phase)) return concluded({ passed: 0, failed: 0, skipped: 0 }, startMs);
  const exitCode = await run(phase, { [TALLY_VARIABLE]: tallyFile });
  return concluded(readTally(tallyFile, exitCode), startMs);
}

/** mocha fails where there is nothing to run. */
function hasFiles({ folder }: Phase): boolean {
  if (folder === undefined) return true;
  try {
    const names = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" });
    return names.some((name) => name.endsWith(".test.ts"));
  } catch {
    return false;
  }
}

function concluded(tally: Tally, startMs: number): Tally {
  const { passed, failed, skipped } = tally;
  console.log(`  ${passed} passed, ${failed} failed, ${skipped} skipped in ${secondsSince(startMs)} s`);
  return tally;
}

function secondsSince(startMs: number): string {
  return ((Date.now() - startMs) / 1_000).toFixed(1);
}

/** Resolves with the exit code. */
function run(phase: Phase, environment: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn(process.execPath, phase.args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    // What rooms log about the trouble that tests make would hide what tests say.
    env: { CHAT_SESSIONS_LOG_LEVEL: "silent", ...process.env, ...environment },
  });
  const timer = setTimeout(() => {
    console.log(`  ${phase.name} did not end within ${phase.timeoutMs / MINUTE_MS} minutes`);
    child.kill("SIGKILL");
  }, phase.timeoutMs);
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

/** Tests that failed before one of them did, for instance while their files were loaded, count as one failure. */
function readTally(file: string, exitCode: number): Tally {
  try {
    const tally = JSON.parse(readFileSync(file, "utf8")) as Tally;
    return tally.failed > 0 || exitCode === 0 ? tally : { ...tally, failed: 1 };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function runAll(checks: readonly Phase[], phases: readonly Phase[]): Promise<Tally> {
  const tallies = checks.length === 0 ? [] : [await runChecks(checks)];
  const tallyFolder = mkdtempSync(path.join(tmpdir(), "tally-"));
  try {
    for (const phase of phases) tallies.push(await runTests(phase, tallyFolder));
  } finally {
    rmSync(tallyFolder, { recursive: true, force: true });
  }
  const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    passed: sum((each) => each.passed),
    failed: sum((each) => each.failed),
    skipped: sum((each) => each.skipped),
  };
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const names = [...CHECKS, ...TESTS].map(({ name }) => name);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    console.error(`There is no phase "${unknown}"; there are: ${names.join(", ")}.`);
    process.exitCode = 1;
    return;
  }
  const isWanted = ({ name }: Phase): boolean => wanted.length === 0 || wanted.includes(name);
  const chosen = TESTS.filter(isWanted);
  const checks = CHECKS.filter((each) => isWanted(each) || chosen.some(({ needs }) => needs === each.name));
  const { passed, failed, skipped } = await runAll(checks, chosen);
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
