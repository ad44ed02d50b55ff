import assert from "node:assert/strict";
import { Progress, progressLine, type Snapshot } from "../../../../src/cli/start/progress";

function snapshot(atMs: number, read: number, openSessions = 0): Snapshot {
  const totals = { read, indexed: 0, alreadyIndexed: 0, duplicates: 0, deadLetters: 0, sessions: 0, documents: 0 };
  return { totals, openSessions, lagMs: 1_500, atMs };
}

/** A screen that remembers what was written to it. */
function screen(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 60, write: (text: string) => void written.push(text) };
}

describe("progress", () => {
  it("has counts, rates and lag in one line", () => {
    assert.equal(
      progressLine(snapshot(2_000, 500, 7), snapshot(0, 100)),
      "read 500 (200/s) · sessions 7 open, 0 closed · indexed 0 (0/s) · dead letters 0 · duplicates 0 · lag 1.5 s",
    );
  });

  it("tells nothing of open sessions where they are not known", () => {
    const unknown = { ...snapshot(2_000, 500), openSessions: undefined };
    for (const width of [90, 60]) {
      assert.match(progressLine(unknown, snapshot(0, 100), width), /^read 500 · sessions 0 closed · indexed 0 · /);
    }
  });

  it("leaves out what matters least on a narrow terminal", () => {
    const line = (width: number): string => progressLine(snapshot(2_000, 500, 7), snapshot(0, 100), width);
    assert.equal(
      line(99),
      "read 500 · sessions 7 open, 0 closed · indexed 0 · dead letters 0 · duplicates 0 · lag 1.5 s",
    );
    assert.equal(line(79), "read 500 · sessions 7 open, 0 closed · indexed 0 · dead letters 0 · lag 1.5 s");
    assert.equal(line(70), "read 500 · sessions 7 open · indexed 0 · dead letters 0 · lag 1.5 s");
    assert.equal(line(30), "read 500 · sessions 7 open · …");
  });

  it("refreshes one line on a terminal, no longer than that is wide", () => {
    const shown = screen(true);
    const progress = new Progress(shown);
    progress.update(snapshot(0, 1));
    progress.update(snapshot(250, 2));
    assert.equal(shown.written.length, 2);
    for (const text of shown.written) {
      assert.ok(text.startsWith("\r\u001b[2K") && !text.includes("\n"));
      assert.ok(text.length <= "\r\u001b[2K".length + 59);
    }
    progress.say("hello");
    assert.deepEqual(shown.written.slice(2), ["\r\u001b[2K", "hello\n"]);
  });

  it("prints a line now and then elsewhere, and none when nothing has changed", () => {
    const shown = screen(false);
    const progress = new Progress(shown);
    progress.update(snapshot(0, 1));
    progress.update(snapshot(1_000, 2));
    assert.equal(shown.written.length, 1, "too soon");
    progress.update(snapshot(5_000, 2));
    assert.equal(shown.written.length, 2);
    progress.update(snapshot(60_000, 2));
    assert.equal(shown.written.length, 2, "nothing new");
    assert.ok(shown.written.every((line) => line.endsWith("\n") && !line.includes("\u001b")));
  });
});
