import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { changeFile } from "../../../src/cli/change-file";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";

const ADD_LINES = path.resolve(__dirname, "../../support/processes/add-lines.ts");
const COMMANDS = ["ada", "bob", "eve"];
const LINES = 200;

describe("a file that commands change", function () {
  this.timeout(30_000);
  let folder: TemporaryFolder;
  let file: string;

  beforeEach(async () => {
    folder = await temporaryFolder("change-file");
    file = path.join(folder.path, "file");
    writeFileSync(file, "");
  });
  afterEach(() => folder.remove());

  it("keeps the changes of all that change it at the same time", async () => {
    const commands = COMMANDS.map((name) =>
      spawn(process.execPath, ["-r", "ts-node/register/transpile-only", ADD_LINES, file, name, String(LINES)], {
        stdio: ["pipe", "pipe", "inherit"],
      }),
    );
    await Promise.all(commands.map(({ stdout }) => once(stdout, "data")));
    const ended = Promise.all(commands.map((command) => once(command, "exit")));
    for (const { stdin } of commands) stdin.end();
    assert.deepEqual(
      (await ended).map(([code]) => code as number),
      COMMANDS.map(() => 0),
    );
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const wanted = COMMANDS.flatMap((name) => Array.from({ length: LINES }, (_, line) => `${name} ${line}`));
    assert.deepEqual(lines.toSorted(), wanted.toSorted());
    assert.deepEqual(readdirSync(folder.path), ["file"]);
  });

  it("keeps its content when a change fails, and can be changed again", async () => {
    writeFileSync(file, "before");
    const own = new TypeError("no such user");
    const failed = changeFile(file, "--file", () => {
      throw own;
    });
    await assert.rejects(failed, (error) => error === own);
    assert.equal(readFileSync(file, "utf8"), "before");
    assert.deepEqual(readdirSync(folder.path), ["file"]);
    await changeFile(file, "--file", () => "after");
    assert.equal(readFileSync(file, "utf8"), "after");
  });

  it("says why it cannot be written", async () => {
    const failed = changeFile(file, "--file", () => {
      rmSync(file);
      mkdirSync(file);
      return "after";
    });
    await assert.rejects(failed, { code: "BAD_OPTION", message: "--file cannot be written (EISDIR)." });
    assert.deepEqual(readdirSync(folder.path), ["file"]);
  });

  it("says what to delete where a command was killed while it wrote", async () => {
    writeFileSync(`${file}.new`, "");
    const message = `--file is being written by another command: try again, or delete ${file}.new where none runs.`;
    await assert.rejects(
      changeFile(file, "--file", () => "after"),
      { code: "BAD_OPTION", message },
    );
    assert.equal(readFileSync(file, "utf8"), "");
  });
});
