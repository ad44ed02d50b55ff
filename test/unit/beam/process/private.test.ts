import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makePrivateFolder, privately } from "../../../../src/beam/process/private";
import { isFatal } from "../../../support/chat/fatal";
import { skipUnless } from "../../../support/needs";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

const OTHER_USER = 12_345;

describe("a private folder", () => {
  let parent: string;
  let folder: string;
  beforeEach(() => {
    parent = makeFolder("private");
    folder = path.join(parent, "data");
  });
  afterEach(() => removeFolder(parent));

  const modeOf = (name: string): number => statSync(name).mode & 0o777;

  it("is its user's alone, and so are the folders above it that are made for it", async () => {
    const umask = process.umask(0);
    try {
      await makePrivateFolder(path.join(folder, "below"));
    } finally {
      process.umask(umask);
    }
    assert.equal(modeOf(folder), 0o700);
    assert.equal(modeOf(path.join(folder, "below")), 0o700);
  });

  it("is refused where none can be made: in the system's own folders, and below a file", async () => {
    writeFileSync(folder, "");
    const wrong = [folder, path.join(folder, "below"), ...(existsSync("/proc/self") ? ["/proc/nowhere/data"] : [])];
    for (const place of wrong) {
      await assert.rejects(makePrivateFolder(place), isFatal("LOCAL_SERVICE", /cannot be written/), place);
    }
  });

  it("is made once by several that want it at once", async () => {
    const below = path.join(folder, "a", "b");
    await Promise.all(Array.from({ length: 5 }, () => makePrivateFolder(below)));
    assert.equal(modeOf(below), 0o700);
  });

  it("is taken from others when it is there already", async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o775);
    await makePrivateFolder(folder);
    assert.equal(modeOf(folder), 0o700);
  });

  it("is refused where everybody could write before, and stays as it is", async () => {
    mkdirSync(folder);
    for (const mode of [0o777, 0o1777]) {
      chmodSync(folder, mode);
      await assert.rejects(makePrivateFolder(folder), isFatal("LOCAL_SERVICE", /may be written by everybody/));
      assert.equal(modeOf(folder), mode & 0o777);
    }
  });

  it("is refused when it is another user's", async function () {
    skipUnless(this, process.getuid?.() === 0, "it needs root's rights, to give a folder away");
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, OTHER_USER, OTHER_USER);
    await assert.rejects(
      makePrivateFolder(folder),
      isFatal("LOCAL_SERVICE", /belongs to another user: choose another/),
    );
  });

  it("is refused as a link where everybody may make one, and taken as a link elsewhere", async () => {
    mkdirSync(path.join(parent, "target"));
    symlinkSync(path.join(parent, "target"), folder);
    await makePrivateFolder(folder);
    assert.equal(modeOf(path.join(parent, "target")), 0o700);
    chmodSync(parent, 0o1777);
    await assert.rejects(makePrivateFolder(folder), isFatal("LOCAL_SERVICE", /is a link where everybody may make one/));
  });

  it("has private files of the processes that are started so, and leaves this process's habits alone", () => {
    const umask = process.umask(0o022);
    try {
      mkdirSync(folder);
      const file = path.join(folder, "file");
      privately(() => spawnSync("touch", [file]));
      assert.equal(modeOf(file), 0o600);
      assert.throws(() => privately(() => execFileSync("false")));
      assert.equal(process.umask(), 0o022);
    } finally {
      process.umask(umask);
    }
  });
});
