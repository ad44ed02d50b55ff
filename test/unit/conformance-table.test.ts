/** The table of capabilities agrees with the runners' skips. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { CAPABILITIES } from "../../src/beam/testing/capabilities";
import { RUNNERS, type RunnerUnderTest } from "../../src/beam/testing/runners";

const README = readFileSync(path.resolve(__dirname, "../../src/beam/testing/README.md"), "utf8");
const NAMES = Object.keys(CAPABILITIES);

/** Each runner's column, by capability. */
function table(): Map<string, Record<string, string>> {
  const rows = README.split("\n")
    .filter((line) => /^\| (`|capability)/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const [head = [], ...body] = rows.filter((row) => row.length > 4);
  return new Map(
    body.flatMap((row) => {
      const columns = Object.fromEntries(head.slice(3, -1).map((runner, at) => [runner, row[at + 3] ?? ""]));
      return [...(row[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => [name, columns] as const);
    }),
  );
}

describe("the table of capabilities", () => {
  it("has every capability, and no other", () => {
    assert.deepEqual([...table().keys()].sort(), [...NAMES].sort());
  });

  for (const [runner, { skips }] of Object.entries<RunnerUnderTest>(RUNNERS)) {
    it(`says of ${runner} what its skips say, and why`, () => {
      const wanted = NAMES.map((name) => [name, name in skips ? "**no**" : "yes"]);
      assert.deepEqual(
        NAMES.map((name) => [name, table().get(name)?.[runner]]),
        wanted,
      );
      for (const name of Object.keys(skips)) assert.match(README, new RegExp(`^- \`${name}\`: `, "m"), name);
    });
  }
});
