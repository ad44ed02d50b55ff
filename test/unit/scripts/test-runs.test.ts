/** The test files that `npm test` runs together. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { PHASES, ROOT, type TestPhase } from "../../../scripts/test/phases";
import { LIGHT_FILES, LONG_FILES, runsOf } from "../../../scripts/test/runs";

const [LONGEST = "", SECOND = ""] = LONG_FILES;
const [LIGHT = "", LIGHT_TOO = ""] = LIGHT_FILES;

function phase(name: string, filesAtOnce: number, timeoutMs = 1_000): TestPhase {
  return { name, folder: `test/${name}`, filesAtOnce, timeoutMs, needsJava: false };
}

describe("runs of test files", () => {
  it("join neighbouring phases of which as many files run at once, and no others", () => {
    const runs = runsOf([
      { phase: phase("unit", 2), files: ["a"] },
      { phase: phase("integration", 3), files: ["b"] },
      { phase: phase("security", 3, 2_000), files: ["c"] },
      { phase: phase("recovery", 1), files: ["d"] },
    ]);
    assert.deepEqual(runs, [
      { name: "unit", files: ["a"], filesAtOnce: 2, timeoutMs: 1_000 },
      { name: "integration, security", files: ["b", "c"], filesAtOnce: 3, timeoutMs: 2_000 },
      { name: "recovery", files: ["d"], filesAtOnce: 1, timeoutMs: 1_000 },
    ]);
  });

  it("begin with their longest files, of whatever phase, and keep the order of the others", () => {
    const [run] = runsOf([
      { phase: phase("integration", 3), files: ["a", SECOND, "b"] },
      { phase: phase("rehearsal", 3), files: [LONGEST, "c"] },
    ]);
    assert.deepEqual(run?.files, [LONGEST, SECOND, "a", "b", "c"]);
  });

  it("give light files to a phase that has company, one at a time beside its own", () => {
    const integration = { phase: phase("integration", 2), files: ["a", LIGHT, LIGHT_TOO] };
    const recovery = { phase: { ...phase("recovery", 1), hasCompany: true as const }, files: ["b"] };
    const [before, after] = runsOf([integration, recovery]);
    assert.deepEqual(before?.files, ["a"]);
    assert.deepEqual(after, { name: "recovery", files: ["b", LIGHT, LIGHT_TOO], filesAtOnce: 2, timeoutMs: 1_000 });
    // Somebody who names files of one phase gets them as they are.
    assert.deepEqual(runsOf([integration])[0]?.files.toSorted(), ["a", LIGHT, LIGHT_TOO].toSorted());
    assert.deepEqual(runsOf([recovery]), [{ name: "recovery", files: ["b"], filesAtOnce: 1, timeoutMs: 1_000 }]);
  });

  it("know long and light files that there are, each once, in phases whose files run together", () => {
    const folders = PHASES.filter(({ filesAtOnce, needsJava }) => filesAtOnce > 1 && needsJava).map(
      ({ folder }) => `${folder}/`,
    );
    for (const file of [...LONG_FILES, ...LIGHT_FILES]) {
      assert.ok(existsSync(path.join(ROOT, file)), file);
      assert.ok(
        folders.some((folder) => file.startsWith(folder)),
        file,
      );
    }
    for (const files of [LONG_FILES, LIGHT_FILES]) assert.equal(new Set(files).size, files.length);
  });
});
