import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, utimesSync, watch, writeFileSync } from "node:fs";
import path from "node:path";
import { bundleWorker } from "../../../../src/beam/flink/bundle-worker";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";
import { until } from "../../../support/until";

const STACK = path.resolve(__dirname, "../../../../src/beam/failure/stack");

describe("A worker's bundle", () => {
  let directory = "";
  const entry = (): string => path.join(directory, "entry.ts");
  const bundles = (): string => path.join(directory, "bundles");

  beforeEach(() => {
    directory = makeFolder("bundle");
    writeFileSync(path.join(directory, "other.ts"), "export class Named {}\n");
    writeFileSync(
      entry(),
      `import { Named } from "./other";
       process.stdout.write([Named.name, ...process.argv.slice(2)].join(" ") + "\\n");
       process.stderr.write("a word");`,
    );
  });
  afterEach(() => removeFolder(directory));

  it("is one command that takes a worker's arguments and keeps the names of classes", async () => {
    const log = path.join(directory, "log");
    const command = await bundleWorker({ entry: entry(), directory: bundles() });
    const { status, stdout, stderr } = spawnSync(command, ["--id=1-1", "--provision_endpoint=127.0.0.1:1"], {
      encoding: "utf8",
      env: { BEAM_WORKER_LOG: log },
    });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
    assert.equal(readFileSync(log, "utf8"), "Named --id=1-1 --provision_endpoint=127.0.0.1:1\na word");
  });

  it("has a map beside it that leads from its errors to the sources", async () => {
    writeFileSync(
      path.join(directory, "other.ts"),
      "interface Before {\n  readonly nothing: string;\n}\nexport class Named {\n  fail(): never {\n    throw new Error(`x`);\n  }\n}\n",
    );
    writeFileSync(
      entry(),
      `import { framesOf } from ${JSON.stringify(STACK)};
       import { Named } from "./other";
       try { new Named().fail(); } catch (error) { process.stdout.write(framesOf(error as Error).slice(0, 2).join(" | ")); }`,
    );
    const command = await bundleWorker({ entry: entry(), directory: bundles() });
    const log = path.join(directory, "log");
    spawnSync(command, { env: { BEAM_WORKER_LOG: log } });
    assert.match(readFileSync(log, "utf8"), /^Named\.fail \(.*other\.ts:6:11\) \| .*entry\.ts:3:\d+\)?$/);
  });

  it("is made once, and anew when the code has changed; the other one stays for those who use it", async () => {
    const first = await bundleWorker({ entry: entry(), directory: bundles() });
    assert.equal(await bundleWorker({ entry: entry(), directory: bundles() }), first);
    writeFileSync(entry(), "process.exit(3);\n");
    const second = await bundleWorker({ entry: entry(), directory: bundles() });
    assert.notEqual(second, first);
    assert.equal(readdirSync(bundles()).length, 10);
    assert.equal(spawnSync(second).status, 3);
  });

  it("stays while it is used, however long ago it was made", async () => {
    const used = await bundleWorker({ entry: entry(), directory: bundles() });
    const made = (name: string, secondsAgo: number): string => {
      const file = path.join(bundles(), name);
      if (!existsSync(file)) writeFileSync(file, "");
      const at = new Date(Date.now() - secondsAgo * 1_000);
      utimesSync(file, at, at);
      return file;
    };
    made(path.basename(used), 1_000);
    const others = Array.from({ length: 10 }, (_, index) =>
      made(`worker-${String(index).padStart(12, "0")}.sh`, index + 1),
    );
    assert.equal(await bundleWorker({ entry: entry(), directory: bundles() }), used);
    for (const part of ["cjs", "program.cjs"]) made(`worker-000000000009.${part}`, 10);
    const removed: string[] = [];
    const watcher = watch(bundles(), (_, name) => {
      if (name?.startsWith("worker-000000000009")) removed.push(name);
    });
    writeFileSync(entry(), "process.exit(3);\n");
    await bundleWorker({ entry: entry(), directory: bundles() });
    assert.ok(existsSync(used));
    await until("all of the oldest is removed", () => removed.length === 3, 5_000).finally(() => watcher.close());
    assert.equal(removed[0], "worker-000000000009.sh");
    assert.deepEqual(
      others.map((file) => existsSync(file)),
      [...Array<boolean>(8).fill(true), false, false],
    );
  });
});
