/** Only this machine can reach the servers that `npm start` starts. */
import assert from "node:assert/strict";
import { findServices } from "../../src/local/folder";
import { listeningBelow, openSockets } from "../support/processes/listening";
import { npm } from "../support/processes/npm";
import { makeFolder, removeFolder } from "../support/temporary-folder";
import { onLinux } from "./linux";

/** Longer than any service may take, so that a start that fails says why. */
const START_LIMIT_MS = 150_000;
const SERVICES = 3;

describe("npm start", function () {
  this.timeout(2 * START_LIMIT_MS);
  let folder: string;

  before(async function () {
    onLinux(this);
    folder = makeFolder("security");
  });
  after(() => folder && removeFolder(folder));

  it("listens on loopback alone", async () => {
    const job = npm("start", "--data-dir", folder);
    try {
      await job.until("it runs", async () => (await findServices(folder))?.state === "running", START_LIMIT_MS);
      const sockets = listeningBelow(job.process.pid!);
      assert.ok(sockets.length >= SERVICES, `${sockets.length} sockets`);
      assert.deepEqual(openSockets(sockets), []);
    } finally {
      job.process.kill("SIGINT");
      await job.ended;
    }
  });
});
