import assert from "node:assert/strict";
import { fixedWindows as sdkFixedWindows } from "apache-beam";
import Long from "long";
import {
  afterCount,
  afterWatermark,
  fixedWindowsMs,
  sessionsMs,
  slidingWindowsMs,
  windowing,
} from "../../../../src/beam/authoring";
import type { SideInputReader } from "../../../../src/beam/operators/contract";
import {
  type AnyWindowFn,
  assignTimestamps,
  counter,
  distribution,
  flatten,
  globalWindows,
  IntervalWindowCoder,
  iterableSideInput,
  paneInfoParam,
  parDo,
  registerForSerialization,
  type SdkDoFn,
  SdkGlobalWindow,
  type SdkInstant,
  SdkIntervalWindow,
  type SdkPaneInfo,
  type SdkWindow,
  type SdkWindowedValue,
  type SdkWindowFn,
  singletonSideInput,
  split,
  timestampParam,
  windowInto,
  windowParam,
  withName,
} from "../../../../src/beam/sdk";
import { toSdkPane } from "../../../../src/beam/sdk/values";
import { GLOBAL_WINDOW, MAX_TIMESTAMP_MS, MIN_TIMESTAMP_MS, NO_FIRING } from "../../../../src/beam/values";
import { at, StageHarness } from "./stage-harness";

interface Lookup<T> {
  lookup(): T;
}

const seen: { window: SdkWindow; timestamp: SdkInstant; pane: SdkPaneInfo }[] = [];

class Observe implements SdkDoFn<string, string, ObserveContext> {
  process(element: string, context: ObserveContext): string[] {
    seen.push({ window: context.window.lookup(), timestamp: context.timestamp.lookup(), pane: context.pane.lookup() });
    context.count.increment();
    context.lengths.update(element.length);
    return [element, element.toUpperCase()];
  }

  finishBundle(): SdkWindowedValue<string>[] {
    const windows = [new SdkIntervalWindow(Long.fromNumber(0), Long.fromNumber(10))];
    return [{ value: "last", timestamp: Long.fromNumber(9), windows, pane: toSdkPane(NO_FIRING) }];
  }
}

interface ObserveContext {
  readonly window: Lookup<SdkWindow>;
  readonly timestamp: Lookup<SdkInstant>;
  readonly pane: Lookup<SdkPaneInfo>;
  readonly count: { increment(): void };
  readonly lengths: { update(value: number): void };
}

class UseSide {
  process(element: string, { one, many }: { one: Lookup<string>; many: Lookup<Iterable<string>> }): string[] {
    return [[element, one.lookup(), ...many.lookup()].join("-")];
  }
}

class Plain {
  process(element: string): string[] {
    return element === "none" ? [] : [`${element}!`];
  }
}

/** A window function outside of every standard: one window from the timestamp to ten times it. */
class Tenfold implements SdkWindowFn<SdkIntervalWindow> {
  readonly beamName = "tenfold";

  assignWindows(instant: SdkInstant): SdkIntervalWindow[] {
    return [new SdkIntervalWindow(instant, instant.mul(10))];
  }

  windowCoder() {
    return new IntervalWindowCoder();
  }

  toProto() {
    return { urn: "test:window_fn:tenfold", payload: new Uint8Array() };
  }

  isMerging() {
    return false;
  }

  assignsToOneWindow() {
    return true;
  }
}

registerForSerialization("test/sdk-do-fns", { Observe, UseSide, Plain, Tenfold });

const window = (startMs: number, endMs: number) => ({ startMs, endMs });

async function assigned(windowFn: AnyWindowFn, timestampMs: number, before = [GLOBAL_WINDOW]) {
  const harness = new StageHarness<string>((input) => ({
    main: input.apply(windowInto(windowFn)),
  }));
  const bundle = await harness.processor();
  await bundle.run([at("x", timestampMs, before)]);
  const [element] = bundle.of("main");
  return element?.windows;
}

describe("the SDK's own DoFns", () => {
  it("process an element in several windows once when they have no context", async () => {
    const harness = new StageHarness<string>((input) => ({ main: input.apply(parDo(new Plain())) }));
    const bundle = await harness.processor();
    const windows = [window(0, 10), window(5, 15)];
    await bundle.run([at("a", 6, windows), at("none")]);
    assert.deepEqual(bundle.of("main"), [at("a!", 6, windows)]);
  });

  it("find the SDK's own kind of window, timestamp and pane in their context, and count", async () => {
    seen.length = 0;
    const context = {
      window: windowParam(),
      timestamp: timestampParam(),
      pane: paneInfoParam(),
      count: counter("count"),
      lengths: distribution("lengths"),
    };
    const transform = withName("Observe", parDo(new Observe() as never, context));
    const harness = new StageHarness<string>((input) => ({ main: input.apply(transform) }));
    const bundle = await harness.processor();
    const pane = { timing: "LATE", index: 3, nonSpeculativeIndex: 1, isFirst: false, isLast: true } as const;
    const { metrics } = await bundle.run([
      { ...at("ab", 6, [window(0, 10), window(5, 15)]), pane },
      at("c", MIN_TIMESTAMP_MS),
    ]);
    assert.deepEqual(bundle.values("main"), ["ab", "AB", "ab", "AB", "c", "C", "last"]);
    assert.deepEqual(bundle.of("main")[3], { value: "AB", timestampMs: 6, windows: [window(5, 15)], pane });
    assert.deepEqual(bundle.of("main")[6], at("last", 9, [window(0, 10)]));

    const [first, , third] = seen;
    assert.ok(first?.window instanceof SdkIntervalWindow);
    assert.deepEqual([first.window.start.toNumber(), first.window.end.toNumber()], [0, 10]);
    assert.equal(first.timestamp.toNumber(), 6);
    assert.deepEqual(first.pane, { timing: "LATE", index: 3, onTimeIndex: 1, isFirst: false, isLast: true });
    assert.ok(third?.window instanceof SdkGlobalWindow);
    assert.equal(third.timestamp.toString(), "-9223372036854775", "Beam's own beginning of time");

    const transformId = harness.onlyTransformId;
    assert.deepEqual(metrics, [
      { transformId, name: "count", kind: "counter", value: 3 },
      { transformId, name: "lengths", kind: "distribution", value: { count: 3, sum: 5, min: 1, max: 2 } },
    ]);
  });

  for (const how of ["at once", "after a while"] as const) {
    it(`read side inputs that come ${how}, once for windows in a row and bundle`, async () => {
      const reads: string[] = [];
      const sideInputs: SideInputReader = {
        read(_transformId, sideInputId) {
          reads.push(sideInputId);
          const elements = sideInputId === "side.one" ? ["1"] : ["2", "3"];
          return how === "at once" ? elements : new Promise((resolve) => setImmediate(() => resolve(elements)));
        },
      };
      const harness = new StageHarness<string>((input) => {
        const side = input.apply(withName("Side", parDo(new Plain())));
        const context = { one: singletonSideInput(side), many: iterableSideInput(side) };
        const use = withName("Use", parDo(new UseSide() as never, context));
        return { main: input.apply(use) };
      });
      const bundle = await harness.processor({ sideInputs });
      await bundle.run([at("a"), at("b")]);
      assert.deepEqual(bundle.values("main"), ["a-1-2-3", "b-1-2-3"]);
      assert.deepEqual(reads, ["side.one", "side.many"]);
      await bundle.run([at("c")]);
      assert.equal(reads.length, 4);
    });
  }

  it("see the side inputs of their own window, whatever is fetched in between", async () => {
    const answers: (() => void)[] = [];
    const sideInputs: SideInputReader = {
      read: (_transformId, sideInputId, { startMs }) =>
        sideInputId === "side.one"
          ? new Promise((resolve) => answers.push(() => resolve([`window ${startMs}`])))
          : ["x"],
    };
    const harness = new StageHarness<string>((input) => {
      const windowed = input.apply(windowInto(fixedWindowsMs(1_000)));
      const side = windowed.apply(withName("Side", parDo(new Plain())));
      const context = { one: singletonSideInput(side), many: iterableSideInput(side) };
      return { main: windowed.apply(withName("Use", parDo(new UseSide() as never, context))) };
    });
    const bundle = await harness.processor({ sideInputs });
    bundle.stage.start();
    const both = [at("a", 0), at("b", 1000)].map(async (element) => bundle.push(element));
    for (const answer of answers) answer();
    await Promise.all(both);
    assert.deepEqual(bundle.values("main"), ["a-window 0-x", "b-window 1000-x"]);
  });

  it("take functions, as map and flatMap make them", async () => {
    const harness = new StageHarness<number>((input) => ({
      main: input.map((x: number) => x + 1).flatMap((x: number) => [x, -x]),
    }));
    const bundle = await harness.processor();
    await bundle.run([at(1), at(2)]);
    assert.deepEqual(bundle.values("main"), [2, -2, 3, -3]);
  });

  it("split by tag, assign timestamps and flatten", async () => {
    const harness = new StageHarness<{ a: number } | { b: number }>((input) => {
      const { a, b } = input.apply(split(["a", "b"]));
      const later = b.apply(assignTimestamps((x: number, t) => t.add(x)));
      return { main: flatten([a, later]) };
    });
    const bundle = await harness.processor();
    await bundle.run([at({ a: 1 }, 10), at({ b: 2 }, 10)]);
    assert.deepEqual(bundle.of("main"), [at(1, 10), at(2, 12)]);
    await assert.rejects(bundle.run([at({ c: 3 } as never)]), /The stage "Split\(a,b\)" failed: An element to be /);
  });
});

describe("windows of a timestamp", () => {
  it("are the standard ones", async () => {
    assert.deepEqual(await assigned(fixedWindowsMs(10_000), 12_345), [window(10_000, 20_000)]);
    assert.deepEqual(await assigned(slidingWindowsMs(10_000, 5_000), 12_345), [
      window(10_000, 20_000),
      window(5_000, 15_000),
    ]);
    assert.deepEqual(await assigned(sessionsMs(1_500), 12_345), [window(12_345, 13_845)]);
    assert.deepEqual(await assigned(globalWindows(), 12_345, [window(0, 9)]), [GLOBAL_WINDOW]);
  });

  it("are right before 1970, where the SDK's own arithmetic is not", async () => {
    assert.deepEqual(await assigned(fixedWindowsMs(10_000), -1), [window(-10_000, 0)]);
    assert.deepEqual(await assigned(slidingWindowsMs(10_000, 5_000), -1), [window(-5_000, 5_000), window(-10_000, 0)]);
  });

  it("come from the window function itself when it is not a standard one", async () => {
    assert.deepEqual(await assigned(new Tenfold(), 7), [window(7, 70)]);
    assert.deepEqual(await assigned(sdkFixedWindows(0.5), 700), [window(500, 1000)], "its payload says: no seconds");
  });

  it("are assigned once for every window that the element was in", async () => {
    const before = [window(0, 9), window(5, 14)];
    assert.deepEqual(await assigned(fixedWindowsMs(1_000), 7, before), [window(0, 1000), window(0, 1000)]);
  });
});

describe("instants", () => {
  it("keep Beam's ends of time apart from ours", async () => {
    const harness = new StageHarness<number>((input) => ({
      main: input.apply(assignTimestamps((_x: number, t) => t)),
    }));
    const bundle = await harness.processor();
    const times = [MIN_TIMESTAMP_MS, -1, 0, 1_717_000_000_000, GLOBAL_WINDOW.endMs - 1, MAX_TIMESTAMP_MS];
    await bundle.run(times.map((timestampMs) => at(0, timestampMs)));
    assert.deepEqual(
      bundle.of("main").map(({ timestampMs }) => timestampMs),
      times,
    );
  });
});

describe("window settings", () => {
  it("reach the pipeline's windowing strategy", () => {
    const settings = windowing({
      trigger: afterWatermark({ early: afterCount(3) }),
      accumulation: "accumulating",
      allowedLatenessMs: 1_000,
      timestampCombiner: "earliest",
    });
    const { components, outputs } = new StageHarness<string>((input) => ({
      main: input.apply(windowInto(sessionsMs(1_500), settings)),
    }));
    const collection = components.pcollections[outputs.get("main") ?? ""];
    const strategy = components.windowingStrategies[collection?.windowingStrategyId ?? ""];
    assert.equal(strategy?.windowFn?.urn, "beam:window_fn:session_windows:v1");
    assert.equal(strategy.allowedLateness, 1_000n);
    assert.equal(strategy.accumulationMode, 2);
    assert.equal(strategy.outputTime, 3);
    assert.equal(strategy.mergeStatus, 2);
    assert.deepEqual(strategy.trigger, settings.trigger);
  });
});
