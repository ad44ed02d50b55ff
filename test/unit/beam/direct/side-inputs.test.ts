import assert from "node:assert/strict";
import { ParkedElements } from "../../../../src/beam/direct/parked-elements";
import { SideInputNode } from "../../../../src/beam/direct/side-input-node";
import type { SideInputSpec } from "../../../../src/beam/direct/side-input-spec";
import { type IntervalWindow, NO_FIRING, type WindowedValue } from "../../../../src/beam/values";

const window = (startMs: number, endMs: number): IntervalWindow => ({ startMs, endMs });
const inWindow = (value: unknown, own: IntervalWindow): WindowedValue<unknown> => ({
  value,
  timestampMs: own.startMs,
  windows: [own],
  pane: NO_FIRING,
});

function node(options: Partial<SideInputSpec> = {}): SideInputNode {
  const spec: SideInputSpec = {
    transformId: "t",
    id: "side",
    pcollectionId: "p",
    mapWindow: (main) => main,
    readyAtFirstPane: false,
    allowedLatenessMs: 0,
    ...options,
  };
  return new SideInputNode(spec, "side", () => undefined);
}

describe("a side input's windows", () => {
  it("are ready when the watermark has passed their end, elements or not", () => {
    const side = node();
    side.offer(inWindow(1, window(0, 10)));
    side.inputWatermarkMs = 9;
    assert.equal(side.isReady(window(0, 10)), false);
    side.inputWatermarkMs = 10;
    assert.equal(side.isReady(window(0, 10)), true);
    assert.deepEqual(side.read(window(0, 10)), [1]);
    assert.equal(side.isReady(window(10, 20)), false);
  });

  it("are ready at the first pane when a trigger fires early", () => {
    const side = node({ readyAtFirstPane: true });
    assert.equal(side.isReady(window(0, 10)), false);
    side.offer(inWindow(1, window(0, 10)));
    assert.equal(side.isReady(window(0, 10)), true);
  });

  it("do not change under a reader", () => {
    const side = node();
    side.offer(inWindow(1, window(0, 10)));
    const read = side.read(window(0, 10));
    side.offer(inWindow(2, window(0, 10)));
    assert.deepEqual(read, [1]);
    assert.deepEqual(side.read(window(0, 10)), [1, 2]);
  });

  it("are forgotten once no main input can ask for them, and not before", () => {
    const side = node({ allowedLatenessMs: 5 });
    side.offer(inWindow(1, window(0, 10)));
    side.forgetBefore(14);
    assert.deepEqual(side.read(window(0, 10)), [1]);
    side.forgetBefore(15);
    assert.deepEqual(side.read(window(0, 10)), []);
  });
});

describe("elements that wait for a side input", () => {
  it("hold their least timestamp, and leave with their window", () => {
    const parked = new ParkedElements();
    parked.add(inWindow("a", window(0, 10)));
    parked.add(inWindow("b", window(20, 30)));
    assert.equal(parked.minTimestampMs(), 0);
    assert.equal(parked.size, 2);
    const released: unknown[] = [];
    parked.release(
      ({ startMs }) => startMs === 0,
      ({ value }) => released.push(value),
    );
    assert.deepEqual(released, ["a"]);
    assert.equal(parked.minTimestampMs(), 20);
  });
});
