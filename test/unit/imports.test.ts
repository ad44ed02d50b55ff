/** The rooms' order, as ARCHITECTURE.md has it: an import may only go down. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

const SOURCE = path.resolve(__dirname, "../../src");

/** A room may import itself and the rooms behind it; the first matching prefix names a file's room. */
const ROOMS: readonly (readonly [prefix: string, below: readonly string[]])[] = [
  ["beam/sdk", ["beam/values"]],
  ["beam/", ["beam/sdk", "errors.ts"]],
  ["errors.ts", ["model.ts"]],
  ["model.ts", ["errors.ts"]],
  ["coders/", ["beam/", "model.ts", "errors.ts"]],
  ["log.ts", []],
  ["steps/", ["beam/", "coders/", "model.ts", "errors.ts"]],
  ["io/kinesis/", ["beam/", "coders/", "steps/", "model.ts", "errors.ts", "log.ts"]],
  ["io/bedrock/", ["beam/", "coders/", "steps/", "model.ts", "errors.ts", "log.ts"]],
  ["io/opensearch/", ["beam/", "coders/", "steps/", "model.ts", "errors.ts", "log.ts"]],
  ["pipeline.ts", ["io/", "beam/", "coders/", "steps/", "model.ts", "errors.ts"]],
  ["redrive.ts", ["pipeline.ts", "io/", "beam/", "coders/", "steps/", "model.ts", "errors.ts"]],
];

function filesOf(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
}

function importsOf(file: string): string[] {
  const text = fs.readFileSync(path.join(SOURCE, file), "utf8");
  const names = [...text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)].map((match) => match[1]!);
  return names.map((name) => path.relative(SOURCE, path.resolve(SOURCE, path.dirname(file), name)));
}

function startsWithAny(target: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => target.startsWith(prefix.replace(/\.ts$/, "")));
}

describe("imports", () => {
  const files = filesOf(SOURCE);

  for (const [room, below] of ROOMS) {
    it(`of ${room} go down only`, () => {
      const own = files.filter((file) => ROOMS.find(([prefix]) => file.startsWith(prefix))?.[0] === room);
      assert(own.length > 0, "the room is empty");
      const upward = own.flatMap((file) =>
        importsOf(file)
          .filter((target) => !startsWithAny(target, [room, ...below]))
          .map((target) => `${file} imports ${target}`),
      );
      assert.deepEqual(upward, []);
    });
  }

  it("of apache-beam's internals are in sdk files alone", () => {
    const elsewhere = files.filter((file) => {
      const text = fs.readFileSync(path.join(SOURCE, file), "utf8");
      return /from "apache-beam/.test(text) && !/^beam\/sdk[^/]*\.ts$/.test(file);
    });
    assert.deepEqual(elsewhere, []);
  });
});
