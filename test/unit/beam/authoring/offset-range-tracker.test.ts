import assert from "node:assert/strict";
import fc from "fast-check";
import { type OffsetRange, OffsetRangeTracker } from "../../../../src/beam/authoring";
import { UsageError } from "../../../../src/beam/error";

type Step = { readonly kind: "claim"; readonly skip: number } | { readonly kind: "split"; readonly fraction: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("claim" as const), skip: fc.constant(0) }),
  fc.record({
    kind: fc.constant("split" as const),
    fraction: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
  }),
);

/** Claims every position given, with splits in between; returns all residuals. */
function work(range: OffsetRange, steps: Iterator<Step>): { claimed: number[]; residuals: OffsetRange[] } {
  const tracker = new OffsetRangeTracker(range);
  const claimed: number[] = [];
  const residuals: OffsetRange[] = [];
  for (let next = range.from; ;) {
    const taken = steps.next();
    if (taken.done !== true && taken.value.kind === "split") {
      const split = tracker.trySplit(taken.value.fraction);
      if (split === undefined) continue;
      assert.equal(split.primary.to, split.residual.from);
      assert.ok(split.residual.from < split.residual.to, "a residual is never empty");
      assert.deepEqual(tracker.currentRestriction(), split.primary);
      residuals.push(split.residual);
    } else if (tracker.tryClaim(next)) {
      claimed.push(next++);
    } else {
      tracker.checkDone();
      return { claimed, residuals };
    }
  }
}

describe("the offset range tracker", () => {
  it("claims what lies in the range, and nothing else", () => {
    const tracker = new OffsetRangeTracker({ from: 2, to: 4 });
    assert.throws(() => tracker.tryClaim(1), /before the range's start/);
    assert.equal(tracker.tryClaim(2), true);
    assert.throws(() => tracker.tryClaim(2), /claims must rise/);
    assert.deepEqual(tracker.progress(), { completed: 1, remaining: 1 });
    assert.equal(tracker.tryClaim(3), true);
    assert.equal(tracker.tryClaim(4), false);
    tracker.checkDone();
  });

  it("ends the primary right behind the last claim at a checkpoint", () => {
    const tracker = new OffsetRangeTracker({ from: 0, to: 10 });
    tracker.tryClaim(4);
    assert.deepEqual(tracker.trySplit(0), { primary: { from: 0, to: 5 }, residual: { from: 5, to: 10 } });
    assert.equal(tracker.trySplit(0), undefined);
    tracker.checkDone();
    assert.equal(tracker.tryClaim(5), false);
  });

  it("gives everything away when nothing was claimed", () => {
    const tracker = new OffsetRangeTracker({ from: 3, to: 10 });
    assert.deepEqual(tracker.trySplit(0), { primary: { from: 3, to: 3 }, residual: { from: 3, to: 10 } });
    tracker.checkDone();
  });

  it("splits at the fraction of what is left", () => {
    const tracker = new OffsetRangeTracker({ from: 0, to: 11 });
    tracker.tryClaim(0);
    assert.deepEqual(tracker.trySplit(0.5), { primary: { from: 0, to: 6 }, residual: { from: 6, to: 11 } });
  });

  it("splits no more once a claim was refused, even when positions were skipped", () => {
    const tracker = new OffsetRangeTracker({ from: 0, to: 10 });
    tracker.tryClaim(3);
    tracker.tryClaim(12);
    assert.equal(tracker.trySplit(0), undefined);
    tracker.checkDone();
  });

  it("finds work that is missing", () => {
    const tracker = new OffsetRangeTracker({ from: 0, to: 10 });
    assert.throws(() => tracker.checkDone(), /from 0 to 10 were never claimed/);
    tracker.tryClaim(3);
    assert.throws(() => tracker.checkDone(), /from 4 to 10/);
  });

  it("refuses a range that ends before it starts", () => {
    assert.throws(() => new OffsetRangeTracker({ from: 1, to: 0 }), UsageError);
  });

  it("loses and repeats no position, whatever is claimed and split in whatever order", () => {
    const property = fc.property(
      fc.integer({ min: -20, max: 20 }),
      fc.nat(30),
      fc.array(step, { maxLength: 200 }),
      (from, size, steps) => {
        const iterator = steps[Symbol.iterator]();
        const open: OffsetRange[] = [{ from, to: from + size }];
        const claimed: number[] = [];
        for (let range = open.shift(); range !== undefined; range = open.shift()) {
          const result = work(range, iterator);
          claimed.push(...result.claimed);
          open.push(...result.residuals);
        }
        const expected = Array.from({ length: size }, (_, index) => from + index);
        assert.deepEqual(
          claimed.sort((a, b) => a - b),
          expected,
        );
      },
    );
    fc.assert(property, { seed: 20_240_609, numRuns: 500 });
  });
});
