import assert from "node:assert/strict";
import fc from "fast-check";
import { type ChannelPosition, channelSplit, type DesiredSplit } from "../../../../src/beam/harness/channel-split";

const SEED = 4_711;

function desired(fractionOfRemainder: number, estimatedInputElements: number, ...allowed: number[]): DesiredSplit {
  return { fractionOfRemainder, estimatedInputElements, allowedSplitPoints: allowed };
}

function at(index: number, elementProgress = 0, stop = Infinity): ChannelPosition {
  return { index, elementProgress, stop };
}

function boundary(firstResidual: number) {
  return { kind: "boundary" as const, firstResidual };
}

describe("splitting a channel", () => {
  it("keeps the wanted fraction of what is left", () => {
    assert.deepEqual(channelSplit(at(0), desired(0.5, 16), false), boundary(8));
    assert.deepEqual(channelSplit(at(0), desired(0.25, 16), false), boundary(4));
    assert.deepEqual(channelSplit(at(8), desired(0.5, 16), false), boundary(12));
    assert.deepEqual(channelSplit(at(0, 0, 8), desired(0.5, 16), false), boundary(4));
  });

  it("gives away all but the element at hand when asked to keep nothing, or everything before the first", () => {
    assert.deepEqual(channelSplit(at(3, 0.5), desired(0, 16), false), boundary(4));
    assert.deepEqual(channelSplit(at(-1), desired(0, 16), false), boundary(0));
  });

  it("has nothing to give when all that is left is at hand or given away already", () => {
    assert.equal(channelSplit(at(3, 0.5, 4), desired(0, 16), false), undefined);
    assert.equal(channelSplit(at(3, 0, 16), desired(1, 16), false), undefined);
  });

  it("splits within a splittable element only when less than the rest of it is kept", () => {
    assert.deepEqual(channelSplit(at(0), desired(0.5, 1), true), { kind: "element", fractionOfElement: 0.5 });
    assert.deepEqual(channelSplit(at(0, 0.5), desired(0.2, 2), true), { kind: "element", fractionOfElement: 0.2 * 3 });
    assert.deepEqual(channelSplit(at(0), desired(0.5, 4), true), boundary(2));
  });

  it("takes the nearest point that the runner allows", () => {
    assert.deepEqual(channelSplit(at(0), desired(0.5, 16, 2, 3, 7), false), boundary(7));
    assert.deepEqual(channelSplit(at(0), desired(0.5, 16, 2, 12, 14), false), boundary(12));
    assert.equal(channelSplit(at(5), desired(0.5, 16, 2, 3, 5), false), undefined);
    assert.deepEqual(channelSplit(at(0), desired(0.1, 2, 1), true), boundary(1));
  });

  it(`only ever gives away what is not begun, and at allowed points (seed ${SEED})`, () => {
    const position = fc.record({
      index: fc.integer({ min: -1, max: 50 }),
      elementProgress: fc.double({ min: 0, max: 1, noNaN: true }),
      stop: fc.oneof(fc.constant(Infinity), fc.integer({ min: 52, max: 80 })),
    });
    const wanted = fc.record({
      fractionOfRemainder: fc.double({ min: 0, max: 1, noNaN: true }),
      estimatedInputElements: fc.nat(100),
      allowedSplitPoints: fc.array(fc.nat(100), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(position, wanted, fc.boolean(), (own, split, canSplitElement) => {
        const found = channelSplit(own, split, canSplitElement);
        if (found === undefined) return;
        const { allowedSplitPoints } = split;
        const isAllowed = (point: number): boolean =>
          allowedSplitPoints.length === 0 || allowedSplitPoints.includes(point);
        if (found.kind === "element") {
          assert(canSplitElement && found.fractionOfElement >= 0 && found.fractionOfElement < 1);
          assert(isAllowed(own.index) && isAllowed(own.index + 1));
        } else {
          assert(found.firstResidual > own.index && found.firstResidual < own.stop);
          assert(isAllowed(found.firstResidual));
        }
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });
});
