import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { BeamError } from "../../../src/beam/error";
import { claimFolder, findServices, readPorts, rememberPorts, servicesFile } from "../../../src/local/folder";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const DETAILS = { region: "r", stream: "s", sessionGapMs: 1, index: "i", deadLetterIndex: "d" };

describe("a data folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = makeFolder("folder");
  });
  afterEach(() => removeFolder(folder));

  it("has one owner, whom others find, until it is released", async () => {
    assert.equal(await findServices(folder), undefined);
    const claim = await claimFolder(folder, DETAILS);
    assert.equal((await findServices(folder))?.state, "starting");
    await claim.update({ state: "running", kinesis: "http://127.0.0.1:1", pids: [1] });
    const found = await findServices(folder);
    assert.equal(found?.kinesis, "http://127.0.0.1:1");
    assert.equal(found?.pid, process.pid);
    await assert.rejects(claimFolder(folder, DETAILS), (error: unknown) => {
      assert.ok(error instanceof BeamError && error.code === "LOCAL_SERVICE");
      assert.match(error.message, new RegExp(`already runs in this folder \\(process ${process.pid}`));
      return true;
    });
    assert.equal((await findServices(folder))?.kinesis, "http://127.0.0.1:1", "the refused one changed nothing");
    await claim.release();
    assert.equal(await findServices(folder), undefined);
    await (await claimFolder(folder, DETAILS)).release();
  });

  it("is refused with a sentence where no folder can be made", async () => {
    const file = path.join(folder, "file");
    await writeFile(file, "");
    await assert.rejects(claimFolder(path.join(file, "data"), DETAILS), (error: unknown) => {
      assert.ok(error instanceof BeamError && error.code === "LOCAL_SERVICE");
      assert.match(error.message, /cannot be written: choose another\.$/);
      return true;
    });
  });

  it("is free again when its owner was killed, even if another program has got its control port", async () => {
    const claim = await claimFolder(folder, DETAILS);
    const left = JSON.parse(await readFile(servicesFile(folder), "utf8")) as Record<string, unknown>;
    await claim.release();
    const stranger = createServer((socket) => socket.end("hello"));
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const { port } = stranger.address() as AddressInfo;
    try {
      for (const controlPort of [left["controlPort"], port]) {
        await writeFile(servicesFile(folder), JSON.stringify({ ...left, controlPort }));
        assert.equal(await findServices(folder), undefined);
        await (await claimFolder(folder, DETAILS)).release();
      }
      await writeFile(servicesFile(folder), "half a fi");
      await (await claimFolder(folder, DETAILS)).release();
    } finally {
      stranger.close();
    }
  });

  it("remembers ports, and takes an unreadable memory for none", async () => {
    assert.deepEqual(await readPorts(folder), {});
    await rememberPorts(folder, { kinesis: 4_567 });
    assert.deepEqual(await readPorts(folder), { kinesis: 4_567 });
    await writeFile(path.join(folder, "ports.json"), '{"kinesis":"x"}');
    assert.deepEqual(await readPorts(folder), {});
  });
});
