import { writeFileSync } from "node:fs";
import Mocha, { reporters } from "mocha";

/** Variable with the file that gets the counts, as JSON, for the process that started mocha. */
export const TALLY_VARIABLE = "TALLY_FILE";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const { EVENT_HOOK_END, EVENT_RUN_END, EVENT_SUITE_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
  Mocha.Runner.constants;

/** Suites that take less are not worth their time in the report. */
const NOTABLE_S = 5;

/**
 * Prints a line for every suite of a file, one for every skip with its reason, and the failures in full at the end.
 * Files may run side by side: each one's lines appear together, when it has ended.
 */
export default class TallyReporter extends reporters.Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    let passed = 0;
    let failed = 0;
    let skipped = 0;
    let passedBefore = 0;
    let durationMs = 0;
    const add = ({ duration = 0 }: Mocha.Runnable): void => void (durationMs += duration);
    runner.on(EVENT_HOOK_END, add);
    runner.on(EVENT_TEST_PASS, (test) => {
      passed++;
      add(test);
    });
    runner.on(EVENT_TEST_FAIL, (test) => {
      failed++;
      add(test);
      console.log(`  ✗ ${test.fullTitle()}`);
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      skipped++;
      console.log(`  - skipped: ${test.fullTitle()}`);
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (suite.root || suite.fullTitle() !== suite.title) return;
      const seconds = durationMs / 1_000;
      const duration = seconds < NOTABLE_S ? "" : ` (${seconds.toFixed(0)} s)`;
      if (passed > passedBefore) console.log(`  ✓ ${suite.title}: ${passed - passedBefore}${duration}`);
      passedBefore = passed;
      durationMs = 0;
    });
    runner.on(EVENT_RUN_END, () => {
      if (this.failures.length > 0) reporters.Base.list(this.failures);
      const file = process.env[TALLY_VARIABLE];
      if (file !== undefined) writeFileSync(file, JSON.stringify({ passed, failed, skipped } satisfies Tally));
    });
  }
}
