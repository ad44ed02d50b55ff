import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { keepRestAccess, makeFlinkRunFolder, restTokenOf } from "../../../../src/beam/flink/embedded/runs";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

describe("the token of an embedded Flink", () => {
  let dataDirectory: string;

  beforeEach(() => (dataDirectory = makeFolder("flink-runs")));
  afterEach(() => removeFolder(dataDirectory));

  const keep = async (token: string, port: number): Promise<string> => {
    const { path: folder } = await makeFlinkRunFolder(dataDirectory);
    await keepRestAccess(folder, { url: `http://127.0.0.1:${port}`, token });
    return folder;
  };
  const tokenOf = (address: string): Promise<string | undefined> => restTokenOf(address, dataDirectory);

  it("is found by its address, and given to no other", async () => {
    assert.equal(await tokenOf("http://127.0.0.1:8081"), undefined);
    await keep("secret", 8_081);
    assert.equal(await tokenOf("http://127.0.0.1:8081"), "secret");
    assert.equal(await tokenOf("http://localhost:8081"), "secret");
    const others = ["http://127.0.0.1:8082", "http://127.0.0.1", "https://127.0.0.1:8081", "http://flink.example:8081"];
    for (const address of others) assert.equal(await tokenOf(address), undefined, address);
  });

  it("is the newest, and nobody else's to read", async () => {
    const folder = await keep("old", 8_081);
    const file = path.join(folder, "rest-token.json");
    writeFileSync(file, "{}", { mode: 0o644 });
    await keep("new", 8_081);
    assert.equal(await tokenOf("http://127.0.0.1:8081"), "new");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it("ends with its run", async () => {
    const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
    const folder = path.join(dataDirectory, "flink-runs", String(dead));
    mkdirSync(folder, { recursive: true });
    await keepRestAccess(folder, { url: "http://127.0.0.1:8081", token: "secret" });
    assert.equal(await tokenOf("http://127.0.0.1:8081"), undefined);
  });
});
