import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { create } from "../../scripts/transpiler.cjs";
import { makeFolder, removeFolder } from "../support/temporary-folder";

const INPUT = "export const answer: number = 42;\n";
const FILE = { fileName: "/src/answer.ts" };

describe("the transpiler of commands", () => {
  let cache: string;
  let transpiler: ReturnType<typeof create>;
  beforeEach(() => {
    cache = makeFolder("transpiled");
    transpiler = create({ cache });
  });
  afterEach(() => removeFolder(cache));

  it("leaves types out, and names the module in its map", () => {
    const { outputText, sourceMapText } = transpiler.transpile(INPUT, FILE);
    assert.match(outputText, /answer = 42/);
    assert.doesNotMatch(outputText, /: number/);
    const { sources } = JSON.parse(sourceMapText) as { sources: readonly string[] };
    assert.deepEqual(sources, [FILE.fileName]);
  });

  it("takes what it has kept", () => {
    const first = transpiler.transpile(INPUT, FILE);
    const [name = "", ...others] = readdirSync(cache);
    assert.deepEqual(others, []);
    const kept = path.join(cache, name);
    assert.deepEqual(JSON.parse(readFileSync(kept, "utf8")), first);
    writeFileSync(kept, JSON.stringify({ ...first, outputText: "kept" }));
    assert.equal(transpiler.transpile(INPUT, FILE).outputText, "kept");
  });

  it("makes anew what was not kept whole", () => {
    const first = transpiler.transpile(INPUT, FILE);
    for (const name of readdirSync(cache)) writeFileSync(path.join(cache, name), '{"outputText":');
    assert.deepEqual(transpiler.transpile(INPUT, FILE), first);
  });

  it("does not take one module for another, or for what it was before it was changed", () => {
    transpiler.transpile(INPUT, FILE);
    assert.match(transpiler.transpile(INPUT, { fileName: "/src/other.ts" }).sourceMapText, /other\.ts/);
    assert.match(transpiler.transpile(INPUT.replace("42", "43"), FILE).outputText, /answer = 43/);
  });

  it("works where nothing can be kept", () => {
    writeFileSync(path.join(cache, "file"), "");
    const { outputText } = create({ cache: path.join(cache, "file", "folder") }).transpile(INPUT, FILE);
    assert.match(outputText, /answer = 42/);
  });
});
