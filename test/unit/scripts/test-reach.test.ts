/** The files that a test file depends on. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { filesReached, importsOf } from "../../../scripts/test/reach";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const FILES: Readonly<Record<string, string>> = {
  "test/direct.test.ts": 'import { build } from "./support/build";\nbuild();',
  "test/support/build.ts":
    'import "not-a-package-here";\nimport "../../src/java";\nexport const build = (): void => {};',
  "src/java.ts": "export const JAVA = 1;",
  "test/started.test.ts": 'export const ARGS = ["src/main.ts", "src/nothing.ts"];',
  "src/main.ts": 'export const later = (): Promise<unknown> => import("./java");',
  "test/plain.test.ts": 'import type { build } from "./support/build";\nexport type Build = typeof build;',
  "test/circle.test.ts": 'export const SELF = "test/circle.test.ts";',
};

describe("what a file of tests comes to", () => {
  let root: string;
  const reached = (entry: string): readonly string[] => [...filesReached(root, [entry])].sort();
  before(() => {
    root = makeFolder("reach");
    for (const [file, text] of Object.entries(FILES)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
  });
  after(() => removeFolder(root));

  it("is what it imports, and what that imports, of this project", () => {
    assert.deepEqual(reached("test/direct.test.ts"), ["src/java.ts", "test/direct.test.ts", "test/support/build.ts"]);
  });

  it("is what the programs import that it names", () => {
    assert.deepEqual(reached("test/started.test.ts"), ["src/java.ts", "src/main.ts", "test/started.test.ts"]);
  });

  it("is not what it has only types of", () => {
    assert.deepEqual(reached("test/plain.test.ts"), ["test/plain.test.ts"]);
  });

  it("ends where a file names itself", () => {
    assert.deepEqual(reached("test/circle.test.ts"), ["test/circle.test.ts"]);
  });

  it("has one step that is a file's own imports", () => {
    assert.deepEqual(importsOf(root, "test/direct.test.ts"), ["test/support/build.ts"]);
  });

  it("holds a Java build for a file that needs one, and none for one that does not", () => {
    const project = path.resolve(__dirname, "../../..");
    const builders = importsOf(project, "test/support/build-java.ts");
    const builds = (file: string): boolean => builders.some((each) => filesReached(project, [file]).has(each));
    assert.equal(builds("test/integration/cli/start.test.ts"), true);
    assert.equal(builds("test/unit/imports.test.ts"), false);
  });
});
