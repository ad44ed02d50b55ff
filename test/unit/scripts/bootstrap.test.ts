import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const ROOT = path.resolve(__dirname, "../../..");

/** The first start of a command in a fresh clone; an npm that takes its time stands in for the real one. */
describe("the first start in a fresh clone", function () {
  this.timeout(30_000);
  let clone: string;
  let started: ChildProcess[];

  beforeEach(async () => {
    started = [];
    clone = makeFolder("fresh-clone");
    for (const file of ["scripts/bootstrap.mjs", "src/beam/process/variables.json"]) {
      await cp(path.join(ROOT, file), path.join(clone, file));
    }
    const packages = { lockfileVersion: 3, packages: { "": {}, "node_modules/some": { version: "1.0.0" } } };
    await writeFile(path.join(clone, "package-lock.json"), JSON.stringify(packages));
    await writeFile(path.join(clone, "tsconfig.json"), "{}");
    await writeFile(path.join(clone, "hello.cjs"), 'process.stdout.write("hello");');
    for (const name of ["ts-node", "typescript"]) {
      await mkdir(path.join(clone, "packages"), { recursive: true });
      await symlink(path.join(ROOT, "node_modules", name), path.join(clone, "packages", name));
    }
    await mkdir(path.join(clone, "bin"));
    await writeFile(
      path.join(clone, "bin", "npm"),
      `#!/bin/sh\necho $$ >> npm-runs\nwhile [ -e package-lock.json ] && [ ! -e npm-may-end ]; do sleep 0.05; done\ncp -R packages node_modules\n`,
    );
    await chmod(path.join(clone, "bin", "npm"), 0o755);
  });

  afterEach(async () => {
    await writeFile(path.join(clone, "npm-may-end"), "");
    for (const child of started) child.kill("SIGKILL");
    await removeFolder(clone);
  });

  interface Start {
    readonly child: ChildProcess;
    readonly ended: Promise<number | null>;
    readonly output: () => string;
  }

  function start(): Start {
    const child = spawn(process.execPath, ["scripts/bootstrap.mjs", "hello.cjs"], {
      cwd: clone,
      env: { ...process.env, PATH: `${path.join(clone, "bin")}:${process.env["PATH"]}` },
    });
    started.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return { child, ended, output: () => output };
  }

  const npmRuns = async (): Promise<readonly string[]> =>
    existsSync(path.join(clone, "npm-runs"))
      ? (await readFile(path.join(clone, "npm-runs"), "utf8")).split("\n").slice(0, -1)
      : [];
  const npmMayEnd = (): Promise<void> => writeFile(path.join(clone, "npm-may-end"), "");

  it("installs the packages, once", async () => {
    await npmMayEnd();
    const first = start();
    assert.equal(await first.ended, 0, first.output());
    assert.match(first.output(), /Installing packages[^]*hello$/);
    const second = start();
    assert.equal(await second.ended, 0);
    assert.equal(second.output(), "hello");
    assert.equal((await npmRuns()).length, 1);
  });

  it("waits for another one's installation, and says for what", async () => {
    const first = start();
    await until("npm runs", async () => (await npmRuns()).length === 1);
    const second = start();
    await until("the second one says it", () => second.output().includes(`Waiting for process ${first.child.pid}`));
    await npmMayEnd();
    assert.equal(await first.ended, 0);
    assert.equal(await second.ended, 0);
    assert.match(second.output(), /hello$/);
    assert.equal((await npmRuns()).length, 1);
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    it(`is ended by ${signal}, npm with it, and leaves nothing behind`, async () => {
      const first = start();
      await until("npm runs", async () => (await npmRuns()).length === 1);
      first.child.kill(signal);
      assert.equal(await first.ended, code, first.output());
      assert.match(first.output(), /interrupted: run the command again\.\n$/);
      assert.equal(existsSync(path.join(clone, ".bootstrap-lock")), false);
      const [npm] = await npmRuns();
      assert.throws(() => process.kill(Number(npm), 0), /ESRCH/);
    });
  }

  it("takes over from one that was killed", async () => {
    const first = start();
    await until("npm runs", async () => (await npmRuns()).length === 1);
    first.child.kill("SIGKILL");
    await first.ended;
    assert.equal(existsSync(path.join(clone, ".bootstrap-lock")), true);
    await npmMayEnd();
    const second = start();
    assert.equal(await second.ended, 0, second.output());
    assert.match(second.output(), /hello$/);
  });
});
