/** The checks and tests that `npm test -- …` chooses. */
import assert from "node:assert/strict";
import type { Check, TestPhase } from "../../../scripts/test/phases";
import { select } from "../../../scripts/test/selection";

const CHECKS: readonly Check[] = ["lint", "java"].map((name) => ({ name, args: [], timeoutMs: 1_000 }));
const PHASES: readonly TestPhase[] = ["unit", "integration", "security"].map((name) => ({
  ...{ name, folder: `test/${name}`, timeoutMs: 1_000 },
  ...{ filesAtOnce: 2, needsJava: name !== "unit" },
}));
const UNIT = ["test/unit/a.test.ts", "test/unit/io/b.test.ts", "test/unit/io/c.test.ts", "test/unit/iota.test.ts"];
const INTEGRATION = ["test/integration/a.test.ts"];

/** The selection as `check`, `phase` or `phase: file file`; a refusal as its sentence. */
function meaningOf(names: readonly string[], isSearch = false): readonly string[] | string {
  const selection = select(names, isSearch, { checks: CHECKS, phases: PHASES, files: [...UNIT, ...INTEGRATION] });
  if ("refusal" in selection) return selection.refusal;
  const tests = selection.tests.map(({ phase, files }) =>
    files === undefined ? phase.name : `${phase.name}: ${files.join(" ")}`,
  );
  return [...selection.checks.map(({ name }) => name), ...tests];
}

describe("the command line of npm test", () => {
  it("means everything when it names nothing", () => {
    assert.deepEqual(meaningOf([]), ["lint", "java", "unit", "integration", "security"]);
  });

  it("means all tests and no check when it only searches titles", () => {
    assert.deepEqual(meaningOf([], true), ["unit", "integration", "security"]);
  });

  it("names checks and phases, which run in their own order", () => {
    assert.deepEqual(meaningOf(["integration", "unit", "lint"]), ["lint", "unit", "integration"]);
  });

  it("names a phase that has no files yet", () => {
    assert.deepEqual(meaningOf(["security"]), ["security"]);
  });

  it("names a file in whatever phase it is", () => {
    assert.deepEqual(meaningOf(["test/unit/a.test.ts"]), ["unit: test/unit/a.test.ts"]);
    assert.deepEqual(meaningOf(["./test/integration/a.test.ts"]), ["integration: test/integration/a.test.ts"]);
  });

  it("names a folder, and not one whose name begins the same", () => {
    const files = "unit: test/unit/io/b.test.ts test/unit/io/c.test.ts";
    assert.deepEqual(meaningOf(["test/unit/io"]), [files]);
    assert.deepEqual(meaningOf(["test/unit/io/"]), [files]);
  });

  it("names a folder of several phases", () => {
    assert.deepEqual(meaningOf(["test"]), [`unit: ${UNIT.join(" ")}`, `integration: ${INTEGRATION.join(" ")}`]);
  });

  it("takes a file once that is named twice, and none apart whose phase is named", () => {
    assert.deepEqual(
      meaningOf(["test/unit/io/b.test.ts", "test/unit/io", "test/integration/a.test.ts", "integration"]),
      ["unit: test/unit/io/b.test.ts test/unit/io/c.test.ts", "integration"],
    );
  });

  it("is refused in one sentence when one of its names is nothing, whatever the others are", () => {
    for (const name of ["test/unit/none.test.ts", "test/unit/i", "units", "../test", "test/security", "."]) {
      assert.equal(
        meaningOf(["unit", name]),
        `"${name}" is no test file (test/…/*.test.ts), no folder with one, and none of: lint, java, unit, integration, security.`,
      );
    }
  });
});
