import { writeFileSync } from "node:fs";
import Mocha, { reporters } from "mocha";

/** Where the counts go, as JSON, for the one who started mocha. */
export const TALLY_VARIABLE = "TALLY_FILE";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_SUITE_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
  Mocha.Runner.constants;

/** Of suites that take less nobody needs to know. */
const NOTABLE_S = 5;

/** A line for every suite of a file, one for every skip with its reason, and the failures in full at the end. */
export default class TallyReporter extends reporters.Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    let passed = 0;
    let failed = 0;
    let skipped = 0;
    let passedBefore = 0;
    let startMs = 0;
    runner.on(EVENT_RUN_BEGIN, () => void (startMs = performance.now()));
    runner.on(EVENT_TEST_PASS, () => void passed++);
    runner.on(EVENT_TEST_FAIL, (test) => {
      failed++;
      console.log(`  ✗ ${test.fullTitle()}`);
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      skipped++;
      console.log(`  - skipped: ${test.fullTitle()}${skipReason(test)}`);
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (suite.parent?.root !== true) return;
      const seconds = (performance.now() - startMs) / 1_000;
      const duration = seconds < NOTABLE_S ? "" : ` (${seconds.toFixed(0)} s)`;
      if (passed > passedBefore) console.log(`  ✓ ${suite.title}: ${passed - passedBefore}${duration}`);
      passedBefore = passed;
      startMs = performance.now();
    });
    runner.on(EVENT_RUN_END, () => {
      if (this.failures.length > 0) reporters.Base.list(this.failures);
      const file = process.env[TALLY_VARIABLE];
      if (file !== undefined) writeFileSync(file, JSON.stringify({ passed, failed, skipped } satisfies Tally));
    });
  }
}

const reasons = new WeakMap<object, string>();

/**
 * Leaves the present test, or all tests of the present hook's suite, out because this machine lacks something. With CI=true that is a failure: there, everything
 * must run.
 */
export function skipBecause(context: Mocha.Context, reason: string): never {
  if (process.env["CI"] === "true") throw new Error(`nothing may be skipped here, but ${reason}`);
  const { test } = context;
  // A hook that skips leaves out all tests of its suite.
  if (test instanceof Mocha.Hook) test.parent?.eachTest((each) => void reasons.set(each, reason));
  else if (test !== undefined) reasons.set(test, reason);
  return context.skip();
}

/** Nothing for a test whose title says why it is skipped. */
function skipReason(test: Mocha.Test): string {
  const reason = reasons.get(test);
  return reason === undefined ? "" : ` (${reason})`;
}
