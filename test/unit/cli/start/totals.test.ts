import assert from "node:assert/strict";
import type { MetricResult } from "../../../../src/beam/runner";
import { lagMs, notesOn, totalsOf } from "../../../../src/cli/start/totals";

const METRICS: readonly MetricResult[] = [
  { transform: "readKinesis/read", name: "read", kind: "counter", value: 10 },
  { transform: "groupSessions", name: "duplicates", kind: "counter", value: 1 },
  { transform: "countIndexed", name: "indexed", kind: "counter", value: 4 },
  { transform: "countHeld", name: "alreadyIndexed", kind: "counter", value: 2 },
  { transform: "countIndexed", name: "documents", kind: "counter", value: 2 },
  { transform: "writeDeadLetters", name: "deadLetters", kind: "counter", value: 3 },
  { transform: "summarise", name: "latencyMs", kind: "distribution", value: { count: 1, sum: 1, min: 1, max: 1 } },
  { transform: "readKinesis/read", name: "behindArrivalMs", kind: "gauge", value: 40 },
];

describe("totals of a run", () => {
  it("sum the counters by name, whatever transform they come from", () => {
    const again: MetricResult = { transform: "other", name: "read", kind: "counter", value: 5 };
    assert.deepEqual(totalsOf([...METRICS, again]), {
      read: 15,
      indexed: 4,
      alreadyIndexed: 2,
      duplicates: 1,
      deadLetters: 3,
      sessions: 0,
      documents: 2,
    });
  });

  it("name edits and unusable ids when there are any", () => {
    const found = ["edits", "unusableIds"].map((name): MetricResult => {
      return { transform: "sessions/combine", name, kind: "counter", value: 2 };
    });
    const totals = totalsOf([...METRICS, ...found]);
    assert.deepEqual([totals.edits, totals.unusableIds], [2, 2]);
    assert.match(notesOn(totals).join(), /^Ids of 2 messages cannot be used/);
    assert.deepEqual(notesOn(totalsOf(METRICS)), []);
  });

  it("name records without messages, which a wrong path may be the reason for", () => {
    const found: MetricResult = { transform: "readPartition", name: "withoutMessages", kind: "counter", value: 3 };
    const totals = totalsOf([...METRICS, found]);
    assert.equal(totals.withoutMessages, 3);
    assert.match(notesOn(totals).join(), /^3 records had no message where --messages-field and --envelope look for it/);
  });

  it("have the lag of the worst shard, and none before the first answer", () => {
    const worse: MetricResult = { transform: "other", name: "behindArrivalMs", kind: "gauge", value: 90 };
    assert.equal(lagMs([...METRICS, worse]), 90);
    assert.equal(lagMs([]), undefined);
  });
});
