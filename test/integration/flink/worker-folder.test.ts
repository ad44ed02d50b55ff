/** The worker from a job's jar, unpacked by Java as TaskManagers do it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import {
  chmod,
  chown,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { writeJobJar } from "../../../src/beam/flink/job-jar";
import { flinkRunnerJar } from "../../../src/beam/flink/embedded/build";
import { skipUnless } from "../../support/needs";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const run = promisify(execFile);
const UNPACK = path.resolve(__dirname, "../../support/java/Unpack.java");
const BUILD_LIMIT_MS = 240_000;
const PROGRAM = randomBytes(3_000_000);
const SCRIPT = Buffer.from("console.log('hello');\n");
const HOST = "Linux amd64";
const OTHER_USER = 12_345;

describe("the worker in a jar", function () {
  this.timeout(60_000);
  let folder: string;
  let jar: string;
  let temporary: string;

  before(async function () {
    this.timeout(BUILD_LIMIT_MS);
    folder = makeFolder("worker-folder");
    jar = path.join(folder, "job.jar");
    const files = [
      { name: "bin/program", content: PROGRAM, executable: true },
      { name: "worker.js", content: SCRIPT },
    ];
    const command = ["{folder}/bin/program", "{folder}/worker.js"];
    const runnerJar = await flinkRunnerJar(() => undefined);
    await writeJobJar({ runnerJar, worker: { hosts: [HOST], command, files } }, jar);
  });
  beforeEach(async () => {
    temporary = await mkdtemp(path.join(folder, "tmp-"));
  });
  after(() => removeFolder(folder));

  /** The program's output. */
  async function java(
    args: readonly string[],
    properties: Readonly<Record<string, string>> = {},
  ): Promise<readonly string[]> {
    const all = { "java.io.tmpdir": temporary, "os.name": "Linux", "os.arch": "amd64", ...properties };
    const flags = Object.entries(all).map(([name, value]) => `-D${name}=${value}`);
    const { stdout } = await run("java", [...flags, UNPACK, ...args]);
    return stdout.trimEnd().split("\n");
  }

  /** The output of each task. */
  async function unpack(
    tasks: number,
    properties: Readonly<Record<string, string>> = {},
    from = jar,
  ): Promise<readonly string[]> {
    return java([from, String(tasks)], properties);
  }

  const unpackedTo = async (): Promise<string> => {
    const names = await readdir(temporary);
    assert.equal(names.length, 1, names.join(", "));
    return path.join(temporary, names[0]!);
  };

  async function assertWhole(target: string): Promise<void> {
    const names = (await readdir(target, { recursive: true })).sort();
    assert.deepEqual(names, ["bin", "bin/program", "worker.js"], "no more and no less");
    const program = path.join(target, "bin/program");
    const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
    assert.equal(sha256(await readFile(program)), sha256(PROGRAM));
    const modes = [".", "bin", "bin/program", "worker.js"].map(async (name) => {
      return ((await stat(path.join(target, name))).mode & 0o777).toString(8);
    });
    assert.deepEqual(await Promise.all(modes), ["700", "700", "700", "600"], "its user's alone");
    assert.equal((await readFile(path.join(target, "worker.js"))).compare(SCRIPT), 0);
  }

  it("is one folder, however many tasks and processes unpack it at once", async () => {
    const said = (await Promise.all([unpack(8), unpack(8), unpack(8)])).flat();
    const target = await unpackedTo();
    assert.equal(said.length, 24);
    assert.deepEqual(new Set(said), new Set([`[${target}/bin/program, ${target}/worker.js]`]));
    await assertWhole(target);
  });

  it("is mended when files are missing or changed", async () => {
    await unpack(1);
    const target = await unpackedTo();
    await rm(path.join(target, "worker.js"));
    await writeFile(path.join(target, "bin/program"), "something else");
    await unpack(2);
    await assertWhole(target);
  });

  it("is read once by a process, not at each of its workers' starts", async function () {
    skipUnless(this, process.platform === "linux", "it needs Linux, which counts the bytes that a process reads");
    const [, bytesRead = ""] = await java([jar, "1", "again"]);
    assert.ok(Number(bytesRead) < PROGRAM.length, `${bytesRead} bytes`);
  });

  it("loses what a process left that was killed while it unpacked, and keeps what another may be at", async () => {
    await unpack(1);
    const target = await unpackedTo();
    const [left, fresh] = [randomUUID(), randomUUID()].map((id) => path.join(target, `bin/program.${id}`));
    for (const file of [left!, fresh!]) await writeFile(file, PROGRAM);
    const anHourAgo = Date.now() / 1_000 - 3_600;
    await utimes(left!, anHourAgo, anHourAgo);
    await unpack(1);
    const names = await readdir(path.join(target, "bin"));
    assert.deepEqual(names.toSorted(), ["program", path.basename(fresh!)]);
  });

  it("is refused with a sentence where somebody else made the folder", async function () {
    skipUnless(this, process.getuid?.() === 0, "it needs root's rights, to give a folder away");
    await unpack(1);
    const target = await unpackedTo();
    await chown(target, OTHER_USER, OTHER_USER);
    const [said = ""] = await unpack(1);
    assert.match(said, /^\[WORKER\] \S+ belongs to 12345, who could change what runs as root: remove it, or let/);
  });

  it("is taken from others who may read it, and refused where they may write, or where it is a link", async () => {
    await unpack(1);
    const target = await unpackedTo();
    await chmod(target, 0o755);
    await unpack(1);
    await assertWhole(target);
    await chmod(target, 0o770);
    assert.match(
      (await unpack(1))[0] ?? "",
      /^\[WORKER\] \S+ may be written by others, who could change what runs: rem/,
    );
    await rename(target, `${folder}/elsewhere`);
    await chmod(`${folder}/elsewhere`, 0o700);
    await symlink(`${folder}/elsewhere`, target);
    assert.match((await unpack(1))[0] ?? "", /^\[WORKER\] \S+ is no folder of its own: remove it, or let java/);
  });

  it("is refused with a sentence on another processor, and nothing is written", async () => {
    const [said] = await unpack(1, { "os.arch": "aarch64" });
    assert.equal(said, "[WORKER] The worker in this jar runs on Linux amd64, and this host is Linux aarch64.");
    assert.deepEqual(await readdir(temporary), []);
  });

  it("is refused with a sentence where it cannot be written", async () => {
    const blocked = path.join(temporary, "file");
    await writeFile(blocked, "");
    const [said = ""] = await unpack(1, { "java.io.tmpdir": path.join(blocked, "below") });
    assert.match(
      said,
      /^\[WORKER\] The worker cannot be unpacked into \S+ \(.+\): java\.io\.tmpdir must name a folder/,
    );
  });

  it("is missed with a sentence in a jar that has none", async () => {
    const [said] = await unpack(1, {}, await flinkRunnerJar(() => undefined));
    assert.equal(said, "[WORKER] The jar has no worker/manifest.json, which a job with a worker needs.");
  });
});
