/** Two modules that define DoFns of one name cannot be loaded by one process, and any two test files may share one. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../..");
const FOLDERS = ["src", "runners", "scripts", "test", "docs"];

/** A definition at the left margin; those inside of functions are made when they are called. */
const DEFINITION = /^(?:export )?const \w+ = (?:beam\.)?(?:doFn|asyncDoFn|splittableDoFn)(?:<[^(]*>)?\(\s*"([^"]+)"/gm;

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(DEFINITION)].map(([, name = ""]) => name);
}

describe("names of DoFns", () => {
  const names = FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => namesIn(fs.readFileSync(path.join(ROOT, folder, file), "utf8"))),
  );

  it("are given once in the whole project", () => {
    assert.ok(names.length > 20);
    assert.deepEqual(
      names.filter((name, at) => names.indexOf(name) !== at),
      [],
    );
  });

  it("are found however a definition is written", () => {
    const text = [
      'const first = doFn("first", {',
      'export const second = beam.asyncDoFn("second", {',
      'const third = beam.splittableDoFn<A, B>(\n  "third", {',
      '  const inside = doFn("inside", {',
    ];
    assert.deepEqual(namesIn(text.join("\n")), ["first", "second", "third"]);
  });
});
