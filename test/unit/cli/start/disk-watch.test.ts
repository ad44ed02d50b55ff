import assert from "node:assert/strict";
import { watchDisk } from "../../../../src/cli/start/disk-watch";
import { until } from "../../../support/until";

const MIB = 1024 * 1024;

describe("the watch over the disk", () => {
  it("says once that it is full, and once that it has room again", async () => {
    const said: string[] = [];
    const ended = new AbortController();
    const looks = [500, 99, 12, 150, 99, 201, 500].map((free) => free * MIB);
    let count = 0;
    const watching = watchDisk({
      folder: "/data",
      say: (line) => void said.push(line),
      ended: ended.signal,
      lookMs: 1,
      freeBytes: async () => looks[Math.min(count++, looks.length - 1)]!,
    });
    await until("it has looked often enough", () => count > looks.length);
    ended.abort();
    await watching;
    assert.deepEqual(said, [
      "The disk of /data is full (99 MiB left): make room. What cannot be stored is tried again.",
      "The disk of /data has room again.",
    ]);
  });

  it("says nothing of a folder that is not there, and looks at real ones", async () => {
    const said: string[] = [];
    for (const folder of ["/nowhere/at/all", "/"]) {
      const ended = new AbortController();
      const watching = watchDisk({ folder, say: (line) => void said.push(line), ended: ended.signal, lookMs: 1 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      ended.abort();
      await watching;
    }
    assert.deepEqual(said, []);
  });
});
