/** A test whose needs are missing is skipped with the reason, and fails where everything must run. */
import assert from "node:assert/strict";
import Mocha from "mocha";
import { answerOf, skipUnless } from "../../support/needs";

type Body = (this: Mocha.Context) => void;

/** The outcome of two tests with this body, or of two that pass behind a hook with it. */
async function outcomes(body: Body, isInHook: boolean): Promise<readonly string[]> {
  const mocha = new Mocha({ reporter: "min" });
  const suite = Mocha.Suite.create(mocha.suite, "a suite");
  if (isInHook) suite.beforeAll(body);
  for (const title of ["first", "second"]) suite.addTest(new Mocha.Test(title, isInHook ? (): void => {} : body));
  const said: string[] = [];
  const runner = new Mocha.Runner(mocha.suite, {});
  runner.on("pass", (test) => said.push(`passed ${test.title}`));
  runner.on("pending", (test) => said.push(`skipped ${test.title}`));
  runner.on("fail", (test, error: Error) => said.push(`failed ${test.title}: ${error.message}`));
  await new Promise((resolve) => runner.run(resolve));
  return said;
}

function needsGo(isThere: boolean): Body {
  return function () {
    skipUnless(this, isThere, "it needs Go");
  };
}

describe("what a test needs of the machine", () => {
  const before = process.env["CI"];
  beforeEach(() => void delete process.env["CI"]);
  afterEach(() => {
    if (before === undefined) delete process.env["CI"];
    else process.env["CI"] = before;
  });

  it("lets it run when it is there", async () => {
    assert.deepEqual(await outcomes(needsGo(true), false), ["passed first", "passed second"]);
  });

  it("skips it with the reason when it is missing", async () => {
    const skipped = ["skipped first (it needs Go)", "skipped second (it needs Go)"];
    assert.deepEqual(await outcomes(needsGo(false), false), skipped);
    assert.deepEqual(await outcomes(needsGo(false), true), skipped);
  });

  it("fails it with the reason when it is missing and CI=true", async () => {
    process.env["CI"] = "true";
    const why = "nothing may be skipped here, but it needs Go";
    assert.deepEqual(await outcomes(needsGo(false), false), [`failed first: ${why}`, `failed second: ${why}`]);
    assert.deepEqual(await outcomes(needsGo(false), true), [`failed "before all" hook for "first": ${why}`]);
  });

  it("is what a command answers, and nothing when it fails or is missing", async () => {
    assert.equal(await answerOf(process.execPath, "-p", "6 * 7"), "42\n");
    assert.equal(await answerOf(process.execPath, "-e", "process.exit(1)"), undefined);
    assert.equal(await answerOf("no-such-command-here"), undefined);
  });
});
