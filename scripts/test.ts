/**
 * Runs all checks and tests: `npm test`. Names of checks and phases choose some of them, `npm test -- unit lint`, and
 * so do paths, `npm test -- test/unit/chat/steps --grep "gap"`. The last line is `N passed, N failed, N skipped`; the
 * exit code is 1 unless none failed. Long runs are shortened here, and whole in `npm run soak`.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { program } from "commander";
import type { Tally } from "../test/support/tally-reporter";
import { CHECKS, JAVA, PHASES, ROOT } from "./test/phases";
import { filesReached, importsOf } from "./test/reach";
import { runChecks, runTests, sumOf, textOf } from "./test/run";
import { runsOf } from "./test/runs";
import { type PhaseFiles, select } from "./test/selection";

interface Flags {
  readonly grep?: string;
}

const NAMES = [...CHECKS, ...PHASES].map(({ name }) => name).join(", ");

program
  .name("npm test --")
  .description("Runs checks and tests.")
  .argument("[what...]", `paths of test files or of folders with some, or any of: ${NAMES}; without one, everything`)
  .option("--grep <text>", "only tests whose title holds this text")
  .action(async (names: readonly string[], { grep }: Flags) => {
    const files = PHASES.flatMap(({ folder }) => testFilesBelow(folder));
    const selection = select(names, grep !== undefined, { checks: CHECKS, phases: PHASES, files });
    if ("refusal" in selection) program.error(selection.refusal);
    const isNeeded = selection.tests.some(needsJava);
    const checks = CHECKS.filter((check) => selection.checks.includes(check) || (isNeeded && check.name === JAVA));
    const checked = checks.length === 0 ? [] : [await runChecks(checks)];
    const tested = await runPhases(selection.tests, grep);
    const total = sumOf([...checked, ...tested]);
    console.log(`\n${textOf(total)}`);
    const { passed, failed, skipped } = sumOf(tested);
    if (grep !== undefined && passed + failed + skipped === 0) program.error(`No test's title holds "${grep}".`);
    process.exitCode = total.failed === 0 ? 0 : 1;
  });

function testFilesBelow(folder: string): readonly string[] {
  if (!existsSync(path.join(ROOT, folder))) return [];
  const names = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).sort();
  return names.filter((name) => name.endsWith(".test.ts")).map((name) => path.posix.join(folder, name));
}

function needsJava({ phase, files }: PhaseFiles): boolean {
  if (!phase.needsJava || files === undefined) return phase.needsJava;
  const builders = importsOf(ROOT, "test/support/build-java.ts");
  try {
    const reached = filesReached(ROOT, files);
    return builders.some((builder) => reached.has(builder));
  } catch {
    // False, since mocha will report the file's fault.
    return false;
  }
}

async function runPhases(tests: readonly PhaseFiles[], title: string | undefined): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  const tallyFolder = mkdtempSync(path.join(tmpdir(), "tally-"));
  try {
    const chosen = tests.map(({ phase, files = testFilesBelow(phase.folder) }) => ({ phase, files }));
    for (const run of runsOf(chosen)) tallies.push(await runTests(run, title, tallyFolder));
  } finally {
    rmSync(tallyFolder, { recursive: true, force: true });
  }
  return tallies;
}

void program.parseAsync();
