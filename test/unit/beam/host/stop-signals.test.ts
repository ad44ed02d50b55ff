import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { listenForStop } from "../../../../src/beam/host/stop-signals";

describe("stop signals", () => {
  it("drain first; npm's echo of the same Ctrl-C changes nothing; a later one cancels", () => {
    const source = new EventEmitter();
    let nowMs = 10_000;
    const stop = listenForStop(source, () => nowMs);
    assert.equal(stop.drain.aborted, false);
    source.emit("SIGINT");
    assert.equal(stop.drain.aborted, true);
    nowMs += 300;
    source.emit("SIGINT");
    assert.equal(stop.cancel.aborted, false);
    nowMs += 2_000;
    source.emit("SIGTERM");
    assert.equal(stop.cancel.aborted, true);
  });

  it("are left to others once released", () => {
    const source = new EventEmitter();
    const stop = listenForStop(source);
    stop.release();
    assert.equal(source.emit("SIGINT"), false);
    assert.equal(stop.drain.aborted, false);
  });
});
