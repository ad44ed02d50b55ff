import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../../src/beam/process";
import { startOpenSearch } from "../../../src/local/opensearch/launch";
import { isFatal } from "../../support/chat/fatal";
import { isAlive } from "../../support/processes/running";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const ROOT = resolve(__dirname, "../../..");

/** Starts a server from a process of its own and prints its process id. */
const OWNER = `
  require("ts-node/register");
  const { startOpenSearch } = require("./src/local/opensearch/launch");
  startOpenSearch({ dataDirectory: process.argv[1], heapMb: 256 }).then(({ pid }) => console.log(pid));
`;

describe("the embedded OpenSearch", function () {
  this.timeout(180_000);
  let folder: string;

  beforeEach(async () => {
    folder = makeFolder("opensearch-local");
  });

  afterEach(async () => {
    await removeFolder(folder);
  });

  it("keeps its data, its port when told, and its folder to itself", async () => {
    const port = await freePort();
    const first = await startOpenSearch({ dataDirectory: folder, port, heapMb: 256 });
    const headers = { "content-type": "application/json" };
    const put = await fetch(`${first.url}/kept/_doc/1`, { method: "PUT", headers, body: '{"a":1}' });
    assert.equal(put.status, 201);
    await assert.rejects(
      startOpenSearch({ dataDirectory: folder }),
      isFatal("LOCAL_SERVICE", /Another OpenSearch already uses/),
    );
    const taken = startOpenSearch({ dataDirectory: join(folder, "other"), port });
    await assert.rejects(taken, isFatal("LOCAL_SERVICE", /^Port \d+ .* is taken/));
    await first.stop();
    assert.equal(isAlive(first.pid), false);

    const second = await startOpenSearch({ dataDirectory: folder, port, heapMb: 256 });
    assert.equal(second.url, first.url);
    assert.equal((await fetch(`${second.url}/kept/_doc/1`)).status, 200);
    process.kill(second.pid, "SIGKILL");
    await second.ended;
    await second.stop();
  });

  it("lets no request name another index than its address does, as a domain is set up", async () => {
    const server = await startOpenSearch({ dataDirectory: folder, heapMb: 256 });
    const ask = (path: string, ...lines: object[]) =>
      fetch(`${server.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/x-ndjson" },
        body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
      });
    assert.equal((await ask("/letters/_doc/1?refresh=true", { payload: "private" })).status, 201);
    assert.equal((await ask("/sessions/_doc/1?refresh=true", { a: 1 })).status, 201);
    const all = { query: { match_all: {} } };
    const attacks = [
      ask("/sessions/_msearch", { index: "letters" }, all),
      ask("/sessions/_mget", { docs: [{ _index: "letters", _id: "1" }] }),
      ask("/sessions/_bulk", { delete: { _index: "letters", _id: "1" } }),
    ];
    for (const answer of await Promise.all(attacks)) {
      const text = await answer.text();
      assert.equal(answer.status, 400, text);
      assert.match(text, /explicit index in .* is not allowed/);
    }
    const doubled = await ask("/sessions/_msearch?index=letters", {}, all);
    assert.doesNotMatch(await doubled.text(), /private/);
    const own = await Promise.all([
      ask("/sessions/_msearch", {}, all),
      ask("/sessions/_mget", { ids: ["1"] }),
      ask("/sessions/_bulk", { delete: { _id: "1" } }),
    ]);
    assert.deepEqual(
      own.map(({ status }) => status),
      [200, 200, 200],
    );
    await server.stop();
  });

  it("ends when the process that started it is killed", async () => {
    const owner = spawn(process.execPath, ["-e", OWNER, folder], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    const pid = await new Promise<number>((said) => {
      createInterface({ input: owner.stdout }).once("line", (line) => said(Number(line)));
    });
    assert.ok(isAlive(pid));
    owner.kill("SIGKILL");
    for (let waits = 0; isAlive(pid) && waits < 300; waits++) await new Promise((tick) => setTimeout(tick, 100));
    assert.equal(isAlive(pid), false);
  });
});
