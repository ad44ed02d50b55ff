import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { makeRunFolder } from "../../../../src/beam/process/run-folder";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

describe("the folder of a run", () => {
  let runs: string;

  beforeEach(() => (runs = makeFolder("run-folder")));
  afterEach(() => removeFolder(runs));

  it("is there until it is removed", async () => {
    const folder = await makeRunFolder(runs);
    assert.deepEqual(readdirSync(runs), [String(process.pid)]);
    await folder.remove();
    assert.ok(!existsSync(folder.path));
  });

  it("takes those of killed runs away, and nothing else", async () => {
    const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
    for (const name of [dead, process.ppid, "notes"]) mkdirSync(path.join(runs, String(name)));
    await makeRunFolder(runs);
    assert.deepEqual(readdirSync(runs).sort(), [String(process.pid), String(process.ppid), "notes"].sort());
  });
});
