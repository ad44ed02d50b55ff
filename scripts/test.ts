/**
 * All that must hold: `npm test`, or some of it: `npm test -- unit lint`. The last line is `N passed, N failed, N
 * skipped`; the exit code is 1 unless none failed. Long runs are shortened here, and whole in `npm run soak`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Tally } from "../test/support/tally-reporter";

const ROOT = path.resolve(__dirname, "..");
const MODULES = path.join(ROOT, "node_modules");

interface Phase {
  readonly name: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  /** Whether it reports tests one by one; otherwise its exit code is one test's. */
  readonly tallies: boolean;
  readonly timeoutMs: number;
  /** Of a phase that must have been run before. */
  readonly needs?: string;
}

const MINUTE_MS = 60_000;

function check(name: string, ...args: readonly string[]): Phase {
  return { name, args, tallies: false, timeoutMs: 10 * MINUTE_MS };
}

/** Of files side by side: tests of whole processes wait more than they compute. */
const PROCESSES = 2;

function tests(name: string, timeoutMinutes: number, { processes = 1 } = {}): Phase {
  const reporter = path.join(ROOT, "test/support/tally-reporter.ts");
  return {
    name,
    args: [
      path.join(MODULES, "mocha/bin/mocha.js"),
      ...["--reporter", reporter, "--forbid-only", "--exit", "--spec", `test/${name}/**/*.test.ts`],
      ...(processes === 1 ? [] : ["--parallel", "--jobs", String(processes)]),
    ],
    ...(processes === 1 ? {} : { needs: "java" }),
    tallies: true,
    timeoutMs: timeoutMinutes * MINUTE_MS,
  };
}

const PHASES: readonly Phase[] = [
  check("format", path.join(MODULES, "prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", "."),
  check("lint", path.join(MODULES, "eslint/bin/eslint.js"), "."),
  check("types", path.join(MODULES, "typescript/bin/tsc"), "-p", "."),
  check("java", "--require", "ts-node/register", path.join(ROOT, "test/support/build-java.ts")),
  tests("unit", 10),
  tests("conformance", 15, { processes: PROCESSES }),
  tests("integration", 30, { processes: PROCESSES }),
  tests("faults", 30),
  tests("rehearsal", 20),
];

async function runPhase(phase: Phase, tallyFolder: string): Promise<Tally> {
  const tallyFile = path.join(tallyFolder, phase.name);
  const startMs = Date.now();
  console.log(`\n${phase.name}`);
  const exitCode = await run(phase, tallyFile);
  const tally = readTally(phase, tallyFile, exitCode);
  const seconds = ((Date.now() - startMs) / 1_000).toFixed(1);
  console.log(`  ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped in ${seconds} s`);
  return tally;
}

function run(phase: Phase, tallyFile: string): Promise<number> {
  const child = spawn(process.execPath, phase.args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    // What rooms log about the trouble that tests make would hide what tests say.
    env: { CHAT_SESSIONS_LOG_LEVEL: "silent", ...process.env, TALLY_FILE: tallyFile },
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

/** A phase that failed without a failed test, for instance while loading its files, counts as one failure. */
function readTally({ tallies }: Phase, file: string, exitCode: number): Tally {
  const broken = exitCode === 0 ? 0 : 1;
  if (!tallies) return { passed: 1 - broken, failed: broken, skipped: 0 };
  try {
    const tally = JSON.parse(readFileSync(file, "utf8")) as Tally;
    return tally.failed > 0 ? tally : { ...tally, failed: broken };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !PHASES.some((phase) => phase.name === name));
  if (unknown !== undefined) {
    console.error(`There is no phase "${unknown}"; there are: ${PHASES.map(({ name }) => name).join(", ")}.`);
    process.exitCode = 1;
    return;
  }
  const tallyFolder = mkdtempSync(path.join(tmpdir(), "tally-"));
  const total = { passed: 0, failed: 0, skipped: 0 };
  try {
    const chosen = PHASES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
    for (const phase of PHASES) {
      if (!chosen.some((each) => each === phase || each.needs === phase.name)) continue;
      const tally = await runPhase(phase, tallyFolder);
      total.passed += tally.passed;
      total.failed += tally.failed;
      total.skipped += tally.skipped;
    }
  } finally {
    rmSync(tallyFolder, { recursive: true, force: true });
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

void main();
