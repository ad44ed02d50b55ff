import assert from "node:assert/strict";
import { FigureHistory } from "../../../../src/page/live/figure-history";
import { JobReadings } from "../../../../src/telemetry/job-readings";

const FACTS = { stream: "chat", index: "sessions", summaryModel: "claude", embeddingModel: "titan" };

describe("the figures of the last hour", () => {
  it("begin anew, for windows that listen too, when the clock was set back", async () => {
    const job = new JobReadings();
    job.follow({ metrics: async () => [] }, FACTS);
    const history = new FigureHistory(job);
    const sampled: (readonly [boolean, readonly number[]])[] = [];
    for (const nowMs of [100_000, 105_000, 40_000, 45_000]) {
      const { isWhole, atMs } = (await history.sample(nowMs))!;
      sampled.push([isWhole, atMs]);
    }
    assert.deepEqual(sampled, [
      [false, [100_000]],
      [false, [105_000]],
      [true, [40_000]],
      [false, [45_000]],
    ]);
    assert.deepEqual(history.whole()?.atMs, [40_000, 45_000]);
  });
});
