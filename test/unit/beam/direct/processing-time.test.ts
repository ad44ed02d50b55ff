import assert from "node:assert/strict";
import { afterWatermark } from "../../../../src/beam/direct/triggers/after-watermark";
import { afterAny, repeat } from "../../../../src/beam/direct/triggers/composites";
import { afterProcessingTime, elementCount } from "../../../../src/beam/direct/triggers/leaves";
import { Grouping } from "./group-by-key-fixture";

describe("GroupByKey in processing time", () => {
  it("fires by processing time without any new element", () => {
    const grouping = new Grouping({ trigger: repeat(afterProcessingTime(100)) });
    grouping.add("k", 0);
    assert.equal(grouping.group.nextProcessingTimeMs(), 101);
    grouping.nowMs = 101;
    grouping.group.fireProcessingTime(() => true);
    assert.deepEqual(grouping.taken(), [[[0], [0, 10], "EARLY", 0]]);
    assert.equal(grouping.group.nextProcessingTimeMs(), Infinity);
  });

  it("keeps one timer of processing time for a session, however long it goes on and however often it fires", () => {
    const trigger = afterWatermark(afterAny([elementCount(100), afterProcessingTime(1_000_000)]));
    const grouping = new Grouping({ trigger });
    for (let message = 0; message < 10_000; message++) {
      grouping.nowMs = message * 10;
      grouping.add("a", message);
    }
    assert.ok(grouping.group["processingTimers"].size <= 1_000);
    assert.equal(grouping.taken().length, 100);
    // All fired last at 99,990; one more message is due a million milliseconds after it came.
    grouping.add("a", 10_000);
    grouping.nowMs = 1_099_990;
    grouping.group.fireProcessingTime(() => true);
    assert.deepEqual(grouping.taken(), []);
    grouping.nowMs = 1_099_991;
    grouping.group.fireProcessingTime(() => true);
    assert.equal(grouping.taken().length, 1);
  });
});
