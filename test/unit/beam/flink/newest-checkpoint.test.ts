import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { newestCheckpoint } from "../../../../src/beam/flink/newest-checkpoint";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

describe("the newest checkpoint", () => {
  let folder: string;

  beforeEach(async () => (folder = makeFolder("kept here")));
  afterEach(() => removeFolder(folder));

  /** Flink's address of the checkpoint. */
  const address = (name: string): string => `file:${encodeURI(folder)}/${name}`;

  async function keep(name: string, isWhole = true): Promise<void> {
    await mkdir(path.join(folder, name));
    if (isWhole) await writeFile(path.join(folder, name, "_metadata"), "");
  }

  it("is the one with the highest number, also when the noted one is gone", async () => {
    for (const name of ["chk-9", "chk-10", "shared", "taskowned"]) await keep(name);
    assert.equal(newestCheckpoint(address("chk-7")), address("chk-10"));
    assert.equal(newestCheckpoint(address("chk-9")), address("chk-10"));
  });

  it("is whole: one that was being made does not count", async () => {
    await keep("chk-3");
    await keep("chk-4", false);
    assert.equal(newestCheckpoint(address("chk-3")), address("chk-3"));
  });

  it("is the noted one where nobody can look", () => {
    for (const noted of ["s3://bucket/job/chk-7", "file:/nowhere/chk-7", address("chk-7")]) {
      assert.equal(newestCheckpoint(noted), noted);
    }
  });
});
