import assert from "node:assert/strict";
import fc from "fast-check";
import { afterWatermark } from "../../../../src/beam/direct/triggers/after-watermark";
import { repeat } from "../../../../src/beam/direct/triggers/composites";
import { elementCount, never } from "../../../../src/beam/direct/triggers/leaves";
import { roughBytes } from "../../../../src/beam/operators/rough-bytes";
import { MAX_TIMESTAMP_MS, MIN_TIMESTAMP_MS } from "../../../../src/beam/values";
import { fixedOf, Grouping, sessionsOf } from "./group-by-key-fixture";

describe("GroupByKey", () => {
  it("keeps messages exactly one gap apart in two sessions, and one millisecond less in one", () => {
    const grouping = new Grouping();
    grouping.add("apart", 0);
    grouping.add("apart", 10);
    grouping.add("together", 0);
    grouping.add("together", 9);
    grouping.watermark(MAX_TIMESTAMP_MS);
    const sizes = grouping.panes.map(({ value }) => [value.key, value.value.length]);
    assert.deepEqual(sizes.sort(), [
      ["apart", 1],
      ["apart", 1],
      ["together", 2],
    ]);
  });

  it("joins two sessions when a message bridges them", () => {
    const grouping = new Grouping();
    grouping.add("k", 0);
    grouping.add("k", 16);
    assert.equal(grouping.group.openWindows, 2);
    grouping.add("k", 8);
    assert.equal(grouping.group.openWindows, 1);
    grouping.watermark(26);
    assert.deepEqual(grouping.taken(), [[[0, 8, 16], [0, 26], "ON_TIME", 0]]);
  });

  it("fires when the watermark has reached the window's end, not before", () => {
    const grouping = new Grouping();
    grouping.add("k", 0);
    grouping.watermark(9);
    assert.deepEqual(grouping.taken(), []);
    grouping.watermark(10);
    assert.deepEqual(grouping.taken(), [[[0], [0, 10], "ON_TIME", 0]]);
  });

  it("drops an element iff its own window is over, merged or not", () => {
    const grouping = new Grouping();
    grouping.watermark(100);
    grouping.add("k", 91);
    assert.equal(grouping.group.droppedDueToLateness, 0);
    // This element would join the open session [91, 101), but its own window [90, 100) has expired.
    grouping.add("k", 90);
    assert.equal(grouping.group.droppedDueToLateness, 1);
    grouping.watermark(101);
    assert.deepEqual(grouping.taken(), [[[91], [91, 101], "ON_TIME", 0]]);
  });

  it("takes late elements until max timestamp + allowed lateness is behind the watermark", () => {
    const grouping = new Grouping({ merging: false, allowedLatenessMs: 5 }, fixedOf(10));
    grouping.add("k", 1);
    grouping.watermark(14);
    grouping.add("k", 2);
    assert.deepEqual(grouping.taken(), [
      [[1], [0, 10], "ON_TIME", 0],
      [[2], [0, 10], "LATE", 1],
    ]);
    grouping.watermark(15);
    grouping.add("k", 3);
    assert.equal(grouping.group.droppedDueToLateness, 1);
    assert.equal(grouping.group.keys, 0);
  });

  it("holds the output watermark back while due windows wait for room", () => {
    const grouping = new Grouping();
    grouping.add("a", 0);
    grouping.add("b", 20);
    grouping.group.advanceTo(100);
    let room = 1;
    grouping.group.fireDue(() => room-- > 0);
    assert.equal(grouping.group.updateOutputWatermark(), 29);
    grouping.group.fireDue(() => true);
    assert.equal(grouping.group.updateOutputWatermark(), 100);
    assert.equal(grouping.panes.length, 2);
  });

  it("gives panes the earliest time, and holds the output watermark there", () => {
    const grouping = new Grouping({ outputTime: "earliest" });
    grouping.add("k", 5);
    grouping.add("k", 3);
    grouping.watermark(8);
    assert.equal(grouping.group.outputWatermarkMs, 3);
    grouping.add("k", 12);
    grouping.watermark(50);
    assert.equal(grouping.panes[0]?.timestampMs, 3);
    assert.equal(grouping.group.outputWatermarkMs, 50);
  });

  it("gives panes the latest time, and lets the hold follow it", () => {
    const grouping = new Grouping({ outputTime: "latest" });
    grouping.add("k", 5);
    grouping.add("k", 12);
    grouping.add("k", 7);
    grouping.watermark(20);
    assert.equal(grouping.group.outputWatermarkMs, 12);
    grouping.watermark(22);
    assert.equal(grouping.panes[0]?.timestampMs, 12);
  });

  it("accumulates when asked to", () => {
    const trigger = afterWatermark(repeat(elementCount(2)));
    const grouping = new Grouping({ trigger, accumulating: true, merging: false }, fixedOf(10));
    [1, 2, 3].forEach((timestampMs) => grouping.add("k", timestampMs));
    grouping.watermark(10);
    assert.deepEqual(grouping.taken(), [
      [[1, 2], [0, 10], "EARLY", 0],
      [[1, 2, 3], [0, 10], "ON_TIME", 1],
    ]);
  });

  it("says of each pane about what its values take, merged and accumulated ones included", () => {
    const text = "x".repeat(1_000);
    const textBytes = roughBytes(text);
    const paneTexts = (grouping: Grouping): readonly number[] =>
      grouping.panes.map(({ bytes }) => Math.round((bytes ?? 0) / textBytes));
    const merging = new Grouping({ trigger: afterWatermark(elementCount(3)) });
    [0, 18, 9, 30].forEach((timestampMs) => merging.add("k", timestampMs, text));
    merging.watermark(50);
    // The session that fired early ends with an empty pane.
    assert.deepEqual(paneTexts(merging), [3, 0, 1]);
    const accumulating = new Grouping({ trigger: afterWatermark(repeat(elementCount(2))), accumulating: true });
    [1, 2, 3].forEach((timestampMs) => accumulating.add("k", timestampMs, text));
    accumulating.watermark(50);
    assert.deepEqual(paneTexts(accumulating), [2, 3]);
  });

  it("emits what a trigger never fired for when the window expires", () => {
    const grouping = new Grouping({ trigger: never });
    grouping.add("k", 0);
    grouping.watermark(10);
    assert.deepEqual(grouping.taken(), [[[0], [0, 10], "ON_TIME", 0]]);
  });

  it("takes nothing more into a window that a finished trigger closed, until it is forgotten", () => {
    const grouping = new Grouping({ trigger: elementCount(1), merging: false }, fixedOf(10));
    grouping.add("k", 1);
    grouping.add("k", 2);
    assert.deepEqual(grouping.taken(), [[[1], [0, 10], "EARLY", 0]]);
    assert.equal(grouping.group.droppedDueToClosedWindow, 1);
    grouping.watermark(10);
    assert.deepEqual(grouping.taken(), []);
    assert.equal(grouping.group.keys, 0);
  });

  it("groups sessions as a sort does, whatever the order of messages and watermarks", () => {
    const message = fc.record({ key: fc.constantFrom("a", "b"), timestampMs: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 80 }), fc.integer({ min: 0, max: 40 }), (messages, disorderMs) => {
        const grouping = new Grouping({}, sessionsOf(10));
        // Sorts by a bounded part of the time, for a disorder that the watermark below allows.
        const arriving = messages.toSorted(
          (a, b) => Math.floor(a.timestampMs / (disorderMs + 1)) - Math.floor(b.timestampMs / (disorderMs + 1)),
        );
        let latestMs = 0;
        for (const { key, timestampMs } of arriving) {
          grouping.add(key, timestampMs);
          latestMs = Math.max(latestMs, timestampMs);
          grouping.watermark(latestMs - disorderMs);
        }
        grouping.watermark(MAX_TIMESTAMP_MS);
        const got = grouping.panes.map(({ value }) => `${String(value.key)}:${value.value.toSorted(byNumber).join()}`);
        assert.deepEqual(got.sort(), expectedSessions(messages, 10).sort());
        assert.equal(grouping.group.keys, 0, "nothing is kept");
        assert.equal(grouping.group.openWindows, 0);
        assert.equal(grouping.group.droppedDueToLateness, 0);
      }),
      { seed: 15, numRuns: 300 },
    );
  });

  it("holds the output watermark where the elements of open sessions say", () => {
    const step = fc.oneof(
      fc.integer({ min: 0, max: 100 }),
      fc.record({ watermarkMs: fc.integer({ min: 0, max: 110 }) }),
    );
    const outputTime = fc.constantFrom("earliest" as const, "latest" as const);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), outputTime, (steps, time) => {
        const grouping = new Grouping({ outputTime: time });
        const model = new HoldModel(time);
        for (const step of steps) {
          if (typeof step === "number") {
            grouping.add("k", step);
            model.add(step);
          } else {
            grouping.watermark(step.watermarkMs);
            model.advanceTo(step.watermarkMs);
            assert.equal(grouping.group.outputWatermarkMs, model.outputMs);
          }
        }
      }),
      { seed: 17, numRuns: 500 },
    );
  });

  it("loses nothing to late messages, early panes and lateness: each is in one pane or counted", () => {
    const step = fc.oneof(
      fc.record({ key: fc.constantFrom("a", "b"), timestampMs: fc.integer({ min: 0, max: 120 }) }),
      fc.integer({ min: 0, max: 130 }),
    );
    const options = fc.record({
      trigger: fc.constantFrom(
        afterWatermark(repeat(elementCount(2)), elementCount(1)),
        repeat(elementCount(3)),
        never,
      ),
      allowedLatenessMs: fc.constantFrom(0, 15),
      merging: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), options, (steps, strategy) => {
        const grouping = new Grouping(strategy, strategy.merging ? sessionsOf(10) : fixedOf(10));
        let watermarkMs = 0;
        let outputMs = -Infinity;
        let late = 0;
        let id = 0;
        for (const step of steps) {
          if (typeof step === "number") {
            watermarkMs = Math.max(watermarkMs, step);
            grouping.watermark(watermarkMs);
            assert.ok(grouping.group.outputWatermarkMs >= outputMs, "the output watermark never goes back");
            outputMs = grouping.group.outputWatermarkMs;
          } else {
            const { endMs } = strategy.merging ? sessionsOf(10)(step.timestampMs) : fixedOf(10)(step.timestampMs);
            if (endMs - 1 + strategy.allowedLatenessMs < watermarkMs) late += 1;
            grouping.add(step.key, step.timestampMs, id++);
          }
        }
        grouping.watermark(MAX_TIMESTAMP_MS);
        const values = grouping.panes.flatMap(({ value }) => value.value);
        assert.equal(new Set(values).size, values.length, "no value comes twice");
        assert.equal(grouping.group.droppedDueToLateness, late);
        assert.equal(values.length + late, id);
        assert.equal(grouping.group.keys, 0);
      }),
      { seed: 16, numRuns: 300 },
    );
  });
});

function byNumber(a: unknown, b: unknown): number {
  return Number(a) - Number(b);
}

function expectedSessions(messages: readonly { key: string; timestampMs: number }[], gapMs: number): string[] {
  const sessions: { key: string; times: number[] }[] = [];
  for (const { key, timestampMs } of messages.toSorted((a, b) => a.timestampMs - b.timestampMs)) {
    const open = sessions.findLast((session) => session.key === key);
    const lastMs = open?.times[open.times.length - 1] ?? -Infinity;
    if (open !== undefined && timestampMs - lastMs < gapMs) open.times.push(timestampMs);
    else sessions.push({ key, times: [timestampMs] });
  }
  return sessions.map(({ key, times }) => `${key}:${times.join()}`);
}

/** Sessions with a gap of 10 of one key and their holds, computed anew each time by a naive algorithm. */
class HoldModel {
  outputMs = MIN_TIMESTAMP_MS;
  private inputMs = MIN_TIMESTAMP_MS;
  private elements: { readonly timestampMs: number; readonly holds: boolean }[] = [];

  constructor(private readonly time: "earliest" | "latest") {}

  add(timestampMs: number): void {
    if (timestampMs + 10 <= this.inputMs) return;
    this.elements.push({ timestampMs, holds: timestampMs >= this.outputMs });
  }

  advanceTo(watermarkMs: number): void {
    this.inputMs = Math.max(this.inputMs, watermarkMs);
    const open = this.sessions().filter((session) => session[session.length - 1]!.timestampMs + 10 > this.inputMs);
    this.elements = open.flat();
    const holds = open.flatMap((session) => {
      const times = session.filter((element) => element.holds).map(({ timestampMs }) => timestampMs);
      if (times.length === 0) return [];
      return this.time === "earliest" ? Math.min(...times) : Math.max(...times);
    });
    this.outputMs = Math.max(this.outputMs, Math.min(this.inputMs, ...holds));
  }

  private sessions() {
    const sessions: { readonly timestampMs: number; readonly holds: boolean }[][] = [];
    for (const element of this.elements.toSorted((a, b) => a.timestampMs - b.timestampMs)) {
      const last = sessions[sessions.length - 1];
      if (last !== undefined && element.timestampMs - last[last.length - 1]!.timestampMs < 10) last.push(element);
      else sessions.push([element]);
    }
    return sessions;
  }
}
