/** A run opens nothing to others: neither its folder, nor the environment of the processes that it starts. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { unlessGone } from "../support/privacy/files-below";
import { descendantsOf } from "../support/processes/running";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder";
import { until } from "../support/until";

const ROOT = path.resolve(__dirname, "../..");
const RUN = [
  "scripts/bootstrap.mjs",
  "src/main.ts",
  "--runner",
  "flink",
  "--session-gap",
  "3s",
  "--idle-timeout",
  "1s",
];

/** Secrets in the environment of the command that starts the job; no embedded service has any use for them. */
const SECRETS = ["CHAT_SESSIONS_PASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "OWN_SECRET"];

/** Relative paths of what the group or anybody may read, write or run. */
function openBelow(folder: string, name = ""): readonly string[] {
  const own = path.join(folder, name);
  const found = lstatSync(own, { throwIfNoEntry: false });
  if (found === undefined) return [];
  const isOpen = !found.isSymbolicLink() && (found.mode & 0o077) !== 0;
  const below = found.isDirectory() ? (unlessGone(() => readdirSync(own)) ?? []) : [];
  return [
    ...(isOpen ? [`${name} ${(found.mode & 0o777).toString(8)}`] : []),
    ...below.flatMap((each) => openBelow(folder, path.join(name, each))),
  ];
}

describe("a run on this machine", function () {
  this.timeout(240_000);
  const secret = randomUUID();
  let folder: TemporaryFolder;
  let job: ChildProcess;
  let output = "";

  before(async () => {
    folder = await temporaryFolder("private-run");
    const set = Object.fromEntries(SECRETS.map((name) => [name, secret]));
    // Clears the umask, because privacy must not depend on it.
    const umask = process.umask(0);
    job = spawn(process.execPath, [...RUN, "--data-dir", path.join(folder.path, "data")], {
      cwd: ROOT,
      env: { ...process.env, AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", ...set },
    });
    process.umask(umask);
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    job.stdout?.on("data", collect);
    job.stderr?.on("data", collect);
    await until("the first summaries are shown", () => output.includes("Try next:") || job.exitCode !== null, 180_000);
    assert.equal(job.exitCode, null, output);
  });
  after(async () => {
    if (job.exitCode === null) {
      const ended = new Promise((resolve) => job.once("close", resolve));
      job.kill("SIGTERM");
      await ended;
    }
    await folder.remove();
  });

  it("hands no secret of its environment to what it starts", () => {
    // The bundler of workers is a library's process, and part of this one.
    const isBundler = ({ parent, command }: { parent: number; command: string }): boolean =>
      parent === job.pid && /bin\/esbuild --service/.test(command);
    const children = descendantsOf(job.pid ?? 0).filter((child) => !isBundler(child));
    for (const program of [
      "kinesis/main.ts",
      "bedrock/main.ts",
      "OpenSearchLocal",
      "FlinkLocal",
      "--provision_endpoint",
    ]) {
      assert.ok(
        children.some(({ command }) => command.includes(program)),
        `${program} does not run`,
      );
    }
    const environmentOf = (pid: number): string =>
      unlessGone(() => readFileSync(`/proc/${pid}/environ`, "latin1")) ?? "";
    const holdersOf = (text: string): readonly string[] =>
      children.filter(({ pid }) => environmentOf(pid).includes(text)).map(({ command }) => command.slice(0, 200));
    assert.deepEqual(holdersOf(secret), []);
    const flinks = holdersOf("FLINK_REST_TOKEN=");
    assert.ok(
      flinks.every((command) => command.startsWith("java ")),
      `the server's alone: ${flinks.join("\n")}`,
    );
  });

  it("keeps its folder to its own user while it runs, and afterwards", async () => {
    const data = path.join(folder.path, "data");
    const names = readdirSync(data);
    for (const name of ["flink-runs", "workers", "kinesis", "opensearch-data", "ports.json"])
      assert.ok(names.includes(name));
    assert.deepEqual(openBelow(data), []);
    const ended = new Promise((resolve) => job.once("close", resolve));
    job.kill("SIGINT");
    await ended;
    assert.equal(job.exitCode, 0, output);
    assert.ok(readdirSync(path.join(data, "savepoints")).length > 0, "a savepoint is left");
    assert.deepEqual(openBelow(data), []);
  });
});
