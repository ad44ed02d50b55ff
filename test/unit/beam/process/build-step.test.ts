import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, killIfAlive } from "../../../support/processes/running";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";
import { until } from "../../../support/until";

const ROOT = path.resolve(__dirname, "../../../..");
const source = (name: string): string => JSON.stringify(path.join(ROOT, "src/beam", name));
/** Signals closer together count as one. */
const SECOND_WISH_MS = 2_000;

/** Builds with a Maven that waits. */
const BUILDS = `
  const { runStep } = require(${source("process/build-step.ts")});
  const [log] = process.argv.slice(1);
  runStep({ command: "mvn", parameters: [] }, "A program", log).then(
    () => console.log("built"),
    (error) => { console.log(error.message); process.exitCode = 1; },
  );`;
const LISTENS = `
  const { listenForStop } = require(${source("host/stop-signals.ts")});
  listenForStop().cancel.addEventListener("abort", () => process.exit(130));`;

describe("A step of a build", function () {
  this.timeout(60_000);
  let folder = "";
  let command: ChildProcess | undefined;
  let output = "";
  const file = (name: string): string => path.join(folder, name);
  /** Maven, and what Maven has started. */
  const built = (): readonly number[] => {
    const text = existsSync(file("pids")) ? readFileSync(file("pids"), "utf8") : "";
    return text.split("\n").filter(Boolean).map(Number);
  };

  beforeEach(() => {
    folder = makeFolder("build-step");
    mkdirSync(file("bin"));
    // What Maven has started holds none of its output open, so that a failed build is told at once.
    const waiting = `sleep 600 >/dev/null 2>&1 & echo $! >>"${file("pids")}"; until [ -e "${file("gate")}" ]; do sleep 0.1; done; kill $!`;
    writeFileSync(file("bin/mvn"), `#!/bin/sh\necho $$ >"${file("pids")}"; ${waiting}\n`, { mode: 0o755 });
    output = "";
  });
  afterEach(async () => {
    for (const pid of [command?.pid, ...built()]) if (pid !== undefined) killIfAlive(pid);
    await removeFolder(folder);
  });

  /** Runs the program in a process group of its own, as a shell does. Resolves once Maven waits. */
  async function start(program: string) {
    const child = spawn(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", program, file("log")], {
      cwd: ROOT,
      detached: true,
      env: { ...process.env, PATH: `${file("bin")}:${process.env["PATH"]}` },
    });
    command = child;
    for (const each of [child.stdout, child.stderr]) each.on("data", (chunk: Buffer) => void (output += String(chunk)));
    const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
      child.once("close", (code, signal) => resolve(code ?? signal)),
    );
    await until("Maven waits", () => built().length === 2);
    return { ended, signal: (name: NodeJS.Signals) => process.kill(-(child.pid ?? 0), name) };
  }

  const nothingIsLeft = (): Promise<void> => until("nothing is left", () => !built().some(isAlive), 5_000);

  it("goes on after the first Ctrl-C, which is a wish to stop", async () => {
    const { ended, signal } = await start(LISTENS + BUILDS);
    signal("SIGINT");
    await sleep(SECOND_WISH_MS);
    writeFileSync(file("gate"), "");
    assert.equal(await ended, 0, output);
    assert.equal(output, "built\n");
    await nothingIsLeft();
  });

  it("ends with its command at the second one", async () => {
    const { ended, signal } = await start(LISTENS + BUILDS);
    signal("SIGINT");
    await sleep(SECOND_WISH_MS);
    signal("SIGINT");
    assert.equal(await ended, 130);
    assert.equal(output, "");
    await nothingIsLeft();
  });

  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`ends with a command that a ${name} ends`, async () => {
      const { ended, signal } = await start(BUILDS);
      signal(name);
      assert.equal(await ended, name);
      await nothingIsLeft();
    });
  }
});
