import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../../../..");
const TALK = `
  require("./src/cli/terminal/output").surviveLostOutput(process);
  let lines = 0;
  const timer = setInterval(() => {
    process.stdout.write("a line\\n");
    require("./src/log").roomLog("test").warn("a warning");
    if (++lines === 20) { clearInterval(timer); process.exitCode = 7; }
  }, 5);`;

interface End {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** Runs a program that writes twenty lines; `take` is given its outputs. */
function talk(stdio: ("pipe" | number)[], take: (child: ReturnType<typeof spawn>) => void): Promise<End> {
  const child = spawn(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", TALK], {
    cwd: ROOT,
    stdio: ["ignore", ...stdio],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += String(chunk)));
  take(child);
  return new Promise((resolve) => child.once("close", (exitCode) => resolve({ exitCode, stderr })));
}

describe("output that nobody takes", function () {
  this.timeout(20_000);

  it("ends nothing when the reader of a pipe has had enough", async () => {
    const { exitCode, stderr } = await talk(["pipe", "pipe"], ({ stdout }) =>
      stdout!.once("data", () => stdout!.destroy()),
    );
    assert.equal(exitCode, 7);
    assert.doesNotMatch(stderr, /EPIPE|cannot be written/);
    const silent = await talk(["pipe", "pipe"], ({ stderr: errors }) => errors!.once("data", () => errors!.destroy()));
    assert.equal(silent.exitCode, 7);
  });

  it("is named once, in a sentence, when the disk is full", async function () {
    if (!existsSync("/dev/full")) this.skip();
    const full = openSync("/dev/full", "w");
    const { exitCode, stderr } = await talk([full, "pipe"], () => undefined);
    assert.equal(exitCode, 7);
    assert.equal(stderr.match(/Standard output cannot be written \(ENOSPC\): its lines are lost\.\n/g)?.length, 1);
    assert.doesNotMatch(stderr, / {4}at /);
    assert.equal((await talk(["pipe", full], ({ stdout }) => stdout!.resume())).exitCode, 7);
  });
});
