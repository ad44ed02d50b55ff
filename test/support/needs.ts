/**
 * Requirements of tests. A test that misses one is skipped and says why; with CI=true that is a failure, since
 * everything must run there.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import Mocha from "mocha";

const ASK_MS = 20_000;

/** Standard output of a command that ends well; undefined when it is missing, fails or does not end in time. */
export async function answerOf(command: string, ...args: readonly string[]): Promise<string | undefined> {
  return promisify(execFile)(command, args, { timeout: ASK_MS }).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

/** Skips a test, or in a hook all tests of its suite. `reason` names the missing thing and how to get it. */
export function skipUnless(context: Mocha.Context, isThere: boolean, reason: string): void {
  if (isThere) return;
  if (process.env["CI"] === "true") throw new Error(`nothing may be skipped here, but ${reason}`);
  // The title alone reaches the reporter from another process too.
  const explain = (test: Mocha.Test): void => void (test.title += ` (${reason})`);
  const { test } = context;
  // A hook that skips leaves out all tests of its suite.
  if (test instanceof Mocha.Hook) test.parent?.eachTest(explain);
  else if (test instanceof Mocha.Test) explain(test);
  context.skip();
}
