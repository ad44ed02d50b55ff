import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { listInputs } from "../../../../src/io/files/check";
import { packed, unpacked } from "../../../../src/io/files/listing";
import { localStore } from "../../../../src/io/files/local-store";
import { splitsOf, splitsOfPartition, RANGE_BYTES } from "../../../../src/io/files/plan";
import type { ListedFile } from "../../../../src/io/files/settings";
import { isFatal } from "../../../support/chat/fatal";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("the files of this machine", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    folder = await temporaryFolder("inputs");
    for (const [name, content] of Object.entries({
      "logs/2026/11/02/a.jsonl": "{}",
      "logs/2026/11/01/b": "{}",
      "logs/2026/10/31/c.gz": gzipSync("{}"),
      "logs/_SUCCESS": "x",
      "logs/.hidden/d": "x",
      "logs/empty": "",
      "one.json": "[]",
      "other/two.json": "[]",
      "bare/.only-hidden": "x",
      "pictures/a.jsonl": Buffer.from([0x50, 0x4b, 0x03, 0x04]),
    })) {
      const file = path.join(folder.path, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  });
  after(() => folder.remove());

  const list = async (...names: string[]): Promise<readonly ListedFile[]> =>
    listInputs(
      names.map((name) => ({ kind: "local", path: path.join(folder.path, name) })),
      { region: "us-east-1" },
    );
  const namesOf = (files: readonly ListedFile[]): string[] => files.map(({ name }) => name);

  it("come in the order of their names, without hidden and empty ones", async () => {
    assert.deepEqual(namesOf(await list("logs")), ["2026/10/31/c.gz", "2026/11/01/b", "2026/11/02/a.jsonl"]);
    assert.deepEqual(namesOf(await list("one.json")), ["one.json"]);
  });

  it("have names in the folder that all inputs share, each once", async () => {
    assert.deepEqual(namesOf(await list("one.json", "other", "logs/2026/11", "logs/2026/11/01")), [
      "logs/2026/11/01/b",
      "logs/2026/11/02/a.jsonl",
      "one.json",
      "other/two.json",
    ]);
  });

  it("are refused in one sentence when there is nothing to read", async () => {
    await assert.rejects(list("nowhere"), isFatal("INPUT_NOT_FOUND", /nowhere does not exist: give --input a file/));
    await assert.rejects(list("bare"), isFatal("INPUT_NOT_FOUND", /bare has no file with content in it\.$/));
    await assert.rejects(list("logs/empty"), isFatal("INPUT_NOT_FOUND", /empty has no file with content/));
    await assert.rejects(list("pictures"), isFatal("INPUT_NOT_FOUND", /a\.jsonl is a zip archive, which holds no/));
  });

  it("are known to have changed, by size or time, whether before, after or while they are read", async () => {
    const file = path.join(folder.path, "changing.jsonl");
    await writeFile(file, "0123456789");
    const [listed] = await list("changing.jsonl");
    assert.equal((await localStore.read(listed!, 2, 3)).toString(), "234");
    assert.equal((await localStore.read(listed!, 8, 100)).toString(), "89");
    await writeFile(file, "0123456789 and more");
    await assert.rejects(localStore.read(listed!, 0, 3), { name: "ChangedFile" });
  });
});

describe("the plan of reading", () => {
  const file = (name: string, bytes: number, isSplittable: boolean): ListedFile => ({
    ...{ at: { kind: "local", path: `/${name}` }, name, bytes, modifiedMs: 0, version: "1", isSplittable },
  });
  const files = [file("a", 10, false), file("b", 2.5 * RANGE_BYTES, true), file("c", 3 * RANGE_BYTES, false)];

  it("cuts large plain files into ranges where several partitions can share them", () => {
    const shown = splitsOf(files, 2).map(({ file: { name }, from, to }) => [
      name,
      from / RANGE_BYTES,
      to / RANGE_BYTES,
    ]);
    assert.deepEqual(shown, [
      ["a", 0, 10 / RANGE_BYTES],
      ["b", 0, 1],
      ["b", 1, 2],
      ["b", 2, 2.5],
      ["c", 0, 3],
    ]);
    assert.equal(splitsOf(files, 1).length, 3);
  });

  it("gives neighbours to different partitions, and each split to one", () => {
    const splits = splitsOf(files, 2);
    assert.deepEqual(splitsOfPartition(splits, 0, 2), [splits[0], splits[2], splits[4]]);
    assert.deepEqual(splitsOfPartition(splits, 1, 2), [splits[1], splits[3]]);
  });

  it("travels in few bytes a file, unchanged", () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      ...file(`firehose/2026/11/28/${index % 24}/chat-1-2026-11-28-${index}`, 1_000_000 + index * 7, false),
      at: { kind: "s3", bucket: "chats" } as const,
      version: (index * 2_654_435_761).toString(16).padStart(16, "0"),
    }));
    assert.deepEqual(unpacked(packed(many)), many);
    assert.ok(packed(many).length / many.length < 40, `${packed(many).length / many.length} bytes a file`);
  });
});
