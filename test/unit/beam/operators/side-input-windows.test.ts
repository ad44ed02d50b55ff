import assert from "node:assert/strict";
import { sideInputWindowMapping } from "../../../../src/beam/operators/side-input-windows";
import { type AnyWindowFn, globalWindows, runnerApi, sdkUrns, windowInto } from "../../../../src/beam/sdk";
import { fixedWindowsMs, slidingWindowsMs } from "../../../../src/beam/authoring";
import { GLOBAL_WINDOW } from "../../../../src/beam/values";
import { StageHarness } from "./stage-harness";

const main = { startMs: 10_000, endMs: 20_000 };

function mapped(windowFn: AnyWindowFn, urn: string) {
  const { components, outputs } = new StageHarness<string>((input) => ({
    side: input.apply(windowInto(windowFn)),
  }));
  const transform = runnerApi.PTransform.create({ inputs: { "side.x": outputs.get("side") ?? "" } });
  const sideInput = runnerApi.SideInput.create({ windowMappingFn: { urn, payload: new Uint8Array() } });
  return sideInputWindowMapping("side.x", sideInput, transform, components)(main);
}

describe("the side input's window for a window of the main input", () => {
  it("is the global one, or the same one", () => {
    assert.equal(mapped(globalWindows(), sdkUrns.GLOBAL_WINDOW_MAPPING_FN_URN), GLOBAL_WINDOW);
    assert.equal(mapped(fixedWindowsMs(10_000), sdkUrns.IDENTITY_WINDOW_MAPPING_FN_URN), main);
  });

  it("else is the earliest that the main window's last timestamp lies in", () => {
    const urn = sdkUrns.ASSIGN_MAX_TIMESTAMP_WINDOW_MAPPING_FN_URN;
    assert.deepEqual(mapped(fixedWindowsMs(5_000), urn), { startMs: 15_000, endMs: 20_000 });
    assert.deepEqual(mapped(slidingWindowsMs(10_000, 5_000), urn), { startMs: 10_000, endMs: 20_000 });
  });

  it("must be given in a known way", () => {
    assert.throws(() => mapped(fixedWindowsMs(5_000), "someone's"), /maps its windows in an unknown way, "someone's"/);
  });
});
