import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundleWorker } from "../../../../src/beam/flink/bundle-worker";

describe("A worker's bundle", () => {
  let directory = "";
  const entry = (): string => path.join(directory, "entry.ts");
  const bundles = (): string => path.join(directory, "bundles");

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "bundle-"));
    writeFileSync(path.join(directory, "other.ts"), "export class Named {}\n");
    writeFileSync(
      entry(),
      `import { Named } from "./other";
       process.stdout.write([Named.name, ...process.argv.slice(2)].join(" "));
       process.stderr.write("a word");`,
    );
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("is one command that takes a worker's arguments and keeps the names of classes", async () => {
    const log = path.join(directory, "log");
    const command = await bundleWorker({ entry: entry(), directory: bundles() });
    const { status, stdout, stderr } = spawnSync(command, ["--id=1-1", "--provision_endpoint=127.0.0.1:1"], {
      encoding: "utf8",
      env: { BEAM_WORKER_LOG: log },
    });
    assert.deepEqual(
      { status, stdout, stderr },
      { status: 0, stdout: "Named --id=1-1 --provision_endpoint=127.0.0.1:1", stderr: "" },
    );
    assert.equal(readFileSync(log, "utf8"), "a word");
  });

  it("is made once, and anew when the code has changed; the other one stays for those who use it", async () => {
    const first = await bundleWorker({ entry: entry(), directory: bundles() });
    assert.equal(await bundleWorker({ entry: entry(), directory: bundles() }), first);
    writeFileSync(entry(), "process.exit(3);\n");
    const second = await bundleWorker({ entry: entry(), directory: bundles() });
    assert.notEqual(second, first);
    assert.equal(readdirSync(bundles()).length, 8);
    assert.equal(spawnSync(second).status, 3);
  });
});
