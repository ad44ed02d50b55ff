import assert from "node:assert/strict";
import { histogramCounters } from "../../../src/beam";
import { FRESHNESS } from "../../../src/chat/steps/documents/count-written";
import { figuresOf, quantileBetween } from "../../../src/telemetry/figures";
import { Readings } from "../../../src/telemetry/readings";

const FACTS = { stream: "s", index: "i", summaryModel: "m", embeddingModel: "e" };

describe("the figures that a person watches", () => {
  const counter = (name: string, value: number) => ({ transform: "t", name, kind: "counter", value }) as const;

  it("are the job's own, by the names that all metrics have", () => {
    const { buckets } = histogramCounters(FRESHNESS);
    const metrics = [
      counter("read", 7),
      counter("deadLettersUnreadable", 2),
      counter("deadLettersTooLarge", 1),
      counter(buckets[1]!, 4),
      { transform: "t", name: "behindArrivalMs", kind: "gauge", value: 2_500 } as const,
    ];
    const { values, freshness } = figuresOf({ readings: new Readings(metrics, 3), facts: FACTS, startMs: 0 });
    assert.deepEqual(
      [values.read, values.deadLetters, values.open, values.lagSeconds, values.closed],
      [7, 3, 3, 2.5, 0],
    );
    assert.equal(values.usd, null, "a price that is not known");
    assert.deepEqual(freshness.bounds.slice(0, 2), [0.5, 0.64]);
    assert.equal(freshness.counts[1], 4);
  });

  it("have quantiles of what was counted between two moments", () => {
    const at = (...counts: number[]) => ({ bounds: [1, 2, 5], counts, sum: 0 });
    assert.equal(quantileBetween(0.5, undefined, at(0, 0, 0, 0)), undefined);
    assert.equal(quantileBetween(0.5, undefined, at(0, 10, 0, 0)), 1.5);
    assert.equal(quantileBetween(0.5, at(0, 10, 0, 0), at(0, 10, 8, 0)), 3.5);
    assert.equal(quantileBetween(0.95, undefined, at(1, 0, 0, 99)), 5, "above the last bound");
    assert.equal(quantileBetween(0.5, at(9, 9, 9, 9), at(4, 0, 0, 0)), undefined, "counting began anew");
  });
});
