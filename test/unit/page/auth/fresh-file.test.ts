import assert from "node:assert/strict";
import { renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { redirectLogs, setLogLevel } from "../../../../src/log";
import { FreshFiles } from "../../../../src/page/auth/fresh-file";
import { type TemporaryFolder, temporaryFolder } from "../../../support/temporary-folder";

/** Longer than a file goes without a look. */
const SOON_MS = 3_000;
/** Longer than a tick of the file system's clock. */
const TICK_MS = 20;

describe("a file that may be replaced", () => {
  let folder: TemporaryFolder;
  let file: string;
  let nowMs: number;

  beforeEach(async () => {
    folder = await temporaryFolder("fresh-file");
    file = path.join(folder.path, "file");
    nowMs = Date.now();
    writeFileSync(file, "one");
  });
  afterEach(() => folder.remove());

  function fresh(parse = ([text = ""]: readonly string[]) => text, whenGone?: string): () => string {
    const files = new FreshFiles([{ file, flag: "--file", advice: "give one" }], parse, whenGone);
    return () => files.value((nowMs += SOON_MS));
  }

  it("is read again when its writer keeps size and time as they were", async () => {
    utimesSync(file, 1_000, 1_000);
    const value = fresh();
    await sleep(TICK_MS);
    writeFileSync(file, "two");
    utimesSync(file, 1_000, 1_000);
    assert.equal(value(), "two");
  });

  it("is read again as long as it cannot be used, since the cause may be elsewhere", () => {
    let isBroken = false;
    const value = fresh(([text = ""]) => {
      if (isBroken) throw new Error("it cannot be used");
      return text;
    });
    writeFileSync(file, "two");
    isBroken = true;
    assert.equal(value(), "one");
    isBroken = false;
    assert.equal(value(), "two");
  });

  it("counts as empty once it is gone where that is wanted, also when the same one comes back", () => {
    const [value, kept] = [fresh(undefined, "nobody"), fresh()];
    renameSync(file, `${file}.away`);
    assert.deepEqual([value(), kept()], ["nobody", "one"]);
    renameSync(`${file}.away`, file);
    assert.deepEqual([value(), kept()], ["one", "one"]);
  });

  it("is looked at when the clock was set back", () => {
    const value = fresh();
    writeFileSync(file, "two");
    nowMs -= 3_600_000;
    assert.equal(value(), "two");
  });

  it("is told once a minute while it cannot be used", () => {
    const lines: string[] = [];
    setLogLevel("error");
    redirectLogs((line) => void lines.push(line));
    try {
      const value = fresh();
      rmSync(file);
      const endMs = nowMs + 150_000;
      while (nowMs < endMs) value();
    } finally {
      redirectLogs(undefined);
      setLogLevel(process.env["CHAT_SESSIONS_LOG_LEVEL"] ?? "warn");
    }
    assert.equal(lines.length, 3);
    assert.match(lines[0]!, /there is no such file.*the former one stays/);
  });
});
