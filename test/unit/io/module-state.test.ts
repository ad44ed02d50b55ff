/** State that outlives bundles belongs to the run: modules of the services' rooms keep none. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

const IO = path.resolve(__dirname, "../../../src/io");

/** A variable, or a collection that begins empty, at the left margin: outside of any function and class. */
const STATE = /^(?:export )?(?:let |var |const .* = (?:new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\)|\[\]|\{\});).*/gm;

describe("modules of src/io", () => {
  const files = fs
    .readdirSync(IO, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({ file, text: fs.readFileSync(path.join(IO, file), "utf8") }));

  it("keep no state", () => {
    assert.ok(files.length > 20);
    assert.deepEqual(
      files.flatMap(({ file, text }) => (text.match(STATE) ?? []).map((line) => `${file}: ${line}`)),
      [],
    );
  });

  it("would be found out", () => {
    const text = [
      "let latest: number;",
      "const clients = new Map<string, { readonly client: Client; users: number }>();",
      "export const cache: Map<K, V> = new Map();",
      "const seen: string[] = [];",
    ];
    const constant = 'const PASSING = new Set(["a"]);';
    assert.deepEqual([...text, constant, "  let inside = 1;"].join("\n").match(STATE), text);
  });
});
