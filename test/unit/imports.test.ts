/** Imports only go down the order of the rooms, and no files import one another in a circle. Tests see every room. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { dependencies, devDependencies } from "../../package.json";
import beam from "../../src/beam/package.json";
import { ROOMS } from "../support/rooms";

const ROOT = path.resolve(__dirname, "../..");
const HOUSE = ["src", "runners", "scripts", "docs/examples"];

type Graph = ReadonlyMap<string, readonly string[]>;

function holds(room: string, file: string): boolean {
  return room.endsWith("/") ? file.startsWith(room) : file === `${room}.ts`;
}

function filesOf(directory: string): string[] {
  return fs
    .readdirSync(path.join(ROOT, directory), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"))
    .map((file) => path.posix.join(directory, file));
}

function importsOf(file: string, files: ReadonlySet<string>): readonly string[] {
  const text = fs.readFileSync(path.join(ROOT, file), "utf8");
  const names = [...text.matchAll(/(?:from|import|require)\s*\(?\s*"(\.[^"]*)"/g)].map((match) => match[1]!);
  return names.flatMap((name) => {
    const target = path.posix.join(path.posix.dirname(file), name);
    return [`${target}.ts`, `${target}.tsx`, `${target}/index.ts`].filter((each) => files.has(each));
  });
}

/** Files that import one another: the strongly connected components of more than one. */
function circlesOf(graph: Graph): readonly (readonly string[])[] {
  const circles: string[][] = [];
  const stack: string[] = [];
  const indexes = new Map<string, number>();
  const visit = (file: string): number => {
    const own = indexes.size;
    indexes.set(file, own);
    stack.push(file);
    let lowest = own;
    for (const target of graph.get(file) ?? []) {
      if (!indexes.has(target)) lowest = Math.min(lowest, visit(target));
      else if (stack.includes(target)) lowest = Math.min(lowest, indexes.get(target)!);
    }
    if (lowest === own) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) circles.push(circle);
    }
    return lowest;
  };
  for (const file of graph.keys()) if (!indexes.has(file)) visit(file);
  return circles;
}

describe("imports", () => {
  const files = new Set([...HOUSE, "test"].flatMap(filesOf));
  const graph: Graph = new Map([...files].map((file) => [file, importsOf(file, files)]));
  const house = [...files].filter((file) => !file.startsWith("test/"));
  const roomOf = (file: string): string | undefined => ROOMS.find(([room]) => holds(room, file))?.[0];

  for (const [room, below] of ROOMS) {
    it(`of ${room} go down only`, () => {
      const own = house.filter((file) => roomOf(file) === room);
      assert(own.length > 0, "the room is empty");
      const upward = own.flatMap((file) =>
        graph
          .get(file)!
          .filter((target) => ![room, ...below].some((each) => holds(each, target)))
          .map((target) => `${file} imports ${target}`),
      );
      assert.deepEqual(upward, []);
    });
  }

  it("are those of a room in every file", () => {
    assert.deepEqual(
      house.filter((file) => roomOf(file) === undefined),
      [],
    );
  });

  it("make no circle", () => {
    assert.deepEqual(circlesOf(graph), []);
  });

  it("of apache-beam's internals are in sdk files alone", () => {
    const elsewhere = house.filter((file) => {
      const text = fs.readFileSync(path.join(ROOT, file), "utf8");
      return /from "apache-beam/.test(text) && !/^src\/beam\/(sdk|testing)\//.test(file);
    });
    assert.deepEqual(elsewhere, []);
  });

  it("of packages in the Beam layer are those of its package.json, whose versions are the project's", () => {
    const used = house
      .filter((file) => file.startsWith("src/beam/"))
      .flatMap((file) => [
        ...fs.readFileSync(path.join(ROOT, file), "utf8").matchAll(/from "((?!node:)(?:@\w[^"/]*\/)?\w[^"/]*)/g),
      ])
      .map((match) => match[1]!);
    // mocha's functions are global.
    const declared = [...Object.keys(beam.dependencies), ...Object.keys(beam.peerDependencies)].sort();
    assert.deepEqual([...new Set([...used, "mocha"])].sort(), declared);
    const own: Readonly<Record<string, string>> = { ...dependencies, ...devDependencies };
    for (const [name, version] of Object.entries(beam.dependencies)) assert.equal(own[name], version, name);
  });
});
