import assert from "node:assert/strict";
import { fixedWindowsMs, sessionsMs, slidingWindowsMs, windowing } from "../../../../src/beam/authoring";
import { windowInto } from "../../../../src/beam/sdk";
import { at, StageHarness } from "../operators/stage-harness";

async function windowsOf(windowFn: ReturnType<typeof fixedWindowsMs>, timestampMs: number) {
  const harness = new StageHarness<number>((input) => ({ main: input.apply(windowInto(windowFn, windowing({}))) }));
  const bundle = await harness.processor();
  await bundle.run([at(0, timestampMs)]);
  return bundle.of("main").flatMap(({ windows }) => windows.map(({ startMs, endMs }) => [startMs, endMs]));
}

describe("windows in milliseconds", () => {
  it("are exact below a second, with and without an offset, before 1970 too", async () => {
    assert.deepEqual(await windowsOf(fixedWindowsMs(1_500), 1_499), [[0, 1_500]]);
    assert.deepEqual(await windowsOf(fixedWindowsMs(10, 3), 2), [[-7, 3]]);
    assert.deepEqual(await windowsOf(fixedWindowsMs(10, -3), 8), [[7, 17]]);
    assert.deepEqual(await windowsOf(slidingWindowsMs(10, 5), 12), [
      [10, 20],
      [5, 15],
    ]);
    assert.deepEqual(await windowsOf(sessionsMs(1), -5), [[-5, -4]]);
  });

  const refused: [what: string, make: () => unknown, message: RegExp][] = [
    [
      "half a millisecond",
      () => fixedWindowsMs(1.5),
      /^sizeMs must be a whole number of milliseconds above 0, not 1\.5\.$/,
    ],
    ["none", () => fixedWindowsMs(0), /^sizeMs must be .*, not 0\.$/],
    ["less than none", () => slidingWindowsMs(10, -5), /^periodMs must be .*, not -5\.$/],
    ["no number", () => sessionsMs(NaN), /^gapMs must be .*, not NaN\.$/],
    ["an endless one", () => slidingWindowsMs(Infinity, 1), /^sizeMs must be .*, not Infinity\.$/],
    ["half an offset", () => fixedWindowsMs(10, 0.5), /^offsetMs must be a whole number of milliseconds, not 0\.5\.$/],
  ];
  for (const [what, make, message] of refused) {
    it(`refuse ${what} by the argument's name`, () => assert.throws(make, { name: "RangeError", message }));
  }
});
