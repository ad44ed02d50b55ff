import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import path from "node:path";
import { BeamError } from "../../../src/beam/error";
import { claimFolder, findServices, readPorts, rememberPorts, servicesFile } from "../../../src/local/folder";
import { isFatal } from "../../support/chat/fatal";
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

  describe("with a control port that another server has", () => {
    let server: Server;
    let left: object;
    let onCall: (socket: Socket) => void;
    beforeEach(async () => {
      const claim = await claimFolder(folder, DETAILS);
      left = JSON.parse(await readFile(servicesFile(folder), "utf8")) as object;
      await claim.release();
      server = createServer((socket) => onCall(socket.on("error", () => undefined)));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    afterEach(() => server.close());

    async function leave(pid: number): Promise<string> {
      const { port } = server.address() as AddressInfo;
      const content = JSON.stringify({ ...left, state: "running", pid, controlPort: port });
      await writeFile(servicesFile(folder), content);
      return content;
    }

    it("is a stopped process's, which says nothing", async () => {
      onCall = () => undefined;
      const content = await leave(process.pid);
      await assert.rejects(
        claimFolder(folder, DETAILS),
        isFatal("LOCAL_SERVICE", new RegExp(`^Process ${process.pid} runs in this folder and does not answer`)),
      );
      assert.equal(await readFile(servicesFile(folder), "utf8"), content);
      assert.equal((await findServices(folder))?.pid, process.pid);
    }).timeout(10_000);

    it("is free where the silent one is not its process", async () => {
      onCall = () => undefined;
      const { pid } = spawnSync(process.execPath, ["--version"]);
      await leave(pid);
      await (await claimFolder(folder, DETAILS)).release();
    }).timeout(10_000);

    it("is another one's who takes it meanwhile", async () => {
      let isTaken = false;
      onCall = (socket) => {
        if (isTaken) return void socket.end("new");
        isTaken = true;
        const { port } = server.address() as AddressInfo;
        writeFileSync(servicesFile(folder), JSON.stringify({ ...left, token: "new", controlPort: port }));
        socket.end("another");
      };
      await leave(process.pid);
      await assert.rejects(claimFolder(folder, DETAILS), isFatal("LOCAL_SERVICE", /already runs in this folder/));
      assert.equal((await findServices(folder))?.token, "new");
    });
  });

  it("keeps the file of another owner when the former one ends", async () => {
    const former = await claimFolder(folder, DETAILS);
    await rm(servicesFile(folder));
    const claim = await claimFolder(folder, { ...DETAILS, index: "another" });
    await former.release();
    assert.equal((await findServices(folder))?.index, "another");
    await claim.release();
    assert.equal(await findServices(folder), undefined);
  });

  it("remembers ports, and takes an unreadable memory for none", async () => {
    assert.deepEqual(await readPorts(folder), {});
    await rememberPorts(folder, { kinesis: 4_567 });
    assert.deepEqual(await readPorts(folder), { kinesis: 4_567 });
    await writeFile(path.join(folder, "ports.json"), '{"kinesis":"x"}');
    assert.deepEqual(await readPorts(folder), {});
  });
});
