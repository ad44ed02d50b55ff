import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeRunFolder } from "../../../../src/beam/process/run-folder";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

describe("the folder of a run", () => {
  let runs: string;

  beforeEach(() => (runs = makeFolder("run-folder")));
  afterEach(() => removeFolder(runs));

  it("is there until it is removed", async () => {
    const folder = await makeRunFolder(runs);
    assert.deepEqual(readdirSync(runs), [path.basename(folder.path)]);
    assert.ok(path.basename(folder.path).startsWith(`${process.pid}-`));
    await folder.remove();
    assert.ok(!existsSync(folder.path));
  });

  it("takes those of killed runs away, and nothing else", async () => {
    const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
    for (const name of [dead, process.ppid, "notes"]) mkdirSync(path.join(runs, String(name)));
    const own = path.basename((await makeRunFolder(runs)).path);
    assert.deepEqual(readdirSync(runs).sort(), [own, String(process.ppid), "notes"].sort());
  });

  it("has nothing of an earlier run whose process had the same id", async () => {
    const earlier = path.join(runs, String(process.pid));
    mkdirSync(earlier);
    writeFileSync(path.join(earlier, "workers.log"), "Error: the last words of another");
    const folder = await makeRunFolder(runs);
    assert.deepEqual(readdirSync(folder.path), []);
    assert.ok(!existsSync(earlier), "nobody else would remove it");
    const another = await makeRunFolder(runs);
    assert.ok(existsSync(folder.path) && existsSync(another.path));
  });

  it("stays while a process runs whose id holds elsewhere, and is taken a day after it was last touched", async () => {
    const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
    const live = `${dead}-00000000-Abc123`;
    const forgotten = `${dead}-00000000-Def456`;
    for (const name of [live, forgotten]) mkdirSync(path.join(runs, name));
    const longAgo = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(path.join(runs, forgotten), longAgo, longAgo);
    const own = path.basename((await makeRunFolder(runs)).path);
    assert.deepEqual(readdirSync(runs).sort(), [own, live].sort());
  });
});
