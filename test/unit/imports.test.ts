/** The rooms' order, as ARCHITECTURE.md has it: an import may only go down. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

const SOURCE = path.resolve(__dirname, "../../src");

const CHAT = ["chat/", "beam/"];
const SHARED_IO = [...CHAT, "log.ts"];
const IO = [...SHARED_IO, "io/aws/", "io/retry.ts"];

/** A room may import itself and the rooms behind it; the first matching prefix names a file's room. */
const ROOMS: readonly (readonly [prefix: string, below: readonly string[]])[] = [
  ["beam/sdk/", ["beam/values"]],
  ["beam/", []],
  ["log.ts", []],
  ["chat/coders/", CHAT],
  ["chat/steps/", CHAT],
  ["chat/", ["beam/error"]],
  ["io/aws/", CHAT],
  ["io/retry.ts", SHARED_IO],
  ["io/kinesis/", IO],
  ["io/bedrock/", IO],
  ["io/opensearch/", IO],
  ["pipeline.ts", ["io/", ...CHAT]],
  ["redrive.ts", ["pipeline.ts", "io/", ...CHAT]],
  ["worker.ts", ["redrive.ts", "pipeline.ts", "beam/", "log.ts"]],
  ["local/", ["beam/process/", "beam/retry.ts", "chat/"]],
  ["options/", ["pipeline.ts", "io/", ...CHAT]],
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
      return /from "apache-beam/.test(text) && !/^beam\/(sdk|testing)\//.test(file);
    });
    assert.deepEqual(elsewhere, []);
  });
});
