import assert from "node:assert/strict";
import { Progress } from "../../../../src/cli/start/progress";
import { watch } from "../../../../src/cli/start/watch";
import type { JobOptions } from "../../../../src/options";
import type { PipelineSettings } from "../../../../src/pipeline";

describe("the progress of a run", () => {
  const wallClock = Date.now;
  afterEach(() => {
    Date.now = wallClock;
  });

  it("goes on when the machine's clock is set back", async () => {
    const times: number[] = [];
    class Seen extends Progress {
      override update({ atMs }: Parameters<Progress["update"]>[0]): void {
        times.push(atMs);
        if (times.length === 3) ended.abort();
        Date.now = () => wallClock() - times.length * 3_600_000;
      }
    }
    const ended = new AbortController();
    const progress = new Seen({ write: () => undefined, isTTY: false, columns: 80 });
    // Nothing else of them is read, as sessions are shown at the end of a run with --once.
    const [options, settings] = [{ once: true } as JobOptions, {} as PipelineSettings];
    await watch({ metrics: async () => [] }, options, settings, progress, undefined, ended.signal);
    assert.equal(times.length, 3);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });
});
