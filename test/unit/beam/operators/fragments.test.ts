import assert from "node:assert/strict";
import fc from "fast-check";
import { fixedWindowsMs, fragments, jsonCoder, sessionsMs, windowing } from "../../../../src/beam/authoring";
import {
  type AnyWindowFn,
  type Coder,
  KVCoder,
  StrUtf8Coder,
  type WindowingStrategyProto,
  windowInto,
  withName,
} from "../../../../src/beam/sdk";
import { type IntervalWindow, type KV, NO_FIRING, type WindowedValue } from "../../../../src/beam/values";
import { type Event, sessionsOf } from "../../../../src/beam/testing/support/session-oracle";
import { at, StageHarness } from "./stage-harness";

const GAP_MS = 10;
const MAX_OPEN = 20_000;
const MAX_HELD_BYTES = 8 * 1024 * 1024;
const anyCoder = jsonCoder<unknown>("test:coder:any", 1);

type Pair = KV<unknown, number>;
type Fragment = WindowedValue<KV<unknown, number[]>>;

interface Bounds {
  readonly maxValues: number;
  readonly maxBytes: number;
  readonly bytesPerElement?: number;
}

/** Lists of numbers; a number's size is itself. */
const listsBy = <K>(name: string, keyCoder: Coder<K>) =>
  fragments(name, {
    outputs: { main: new KVCoder(keyCoder, anyCoder) as unknown as Coder<KV<K, number[]>> },
    open: ({ maxValues, maxBytes, bytesPerElement }: Bounds) => ({
      maxValues,
      maxBytes,
      ...(bytesPerElement === undefined ? {} : { weight: { bytesPerElement, empty: [] } }),
      keyOf: ({ key }: KV<K, number>) => key,
      sizeBytes: ({ value }) => value,
      create: ({ value }) => [value],
      add: (list: number[], { value }) => [...list, value],
    }),
  });

const listsByText = listsBy<unknown>("test/listsByText", new StrUtf8Coder());
const listsByAny = listsBy("test/listsByAny", anyCoder);

const lists = (maxValues: number, maxBytes: number): Bounds => ({ maxValues, maxBytes });

function stage(
  bounds: Bounds,
  options: {
    readonly key?: unknown;
    readonly windowFn?: AnyWindowFn;
    readonly strategy?: WindowingStrategyProto;
  } = {},
) {
  const { key = "a", windowFn = sessionsMs(GAP_MS), strategy } = options;
  const gather = typeof key === "string" ? listsByText : listsByAny;
  const harness = new StageHarness<Pair>((input) =>
    input.apply(withName("window", windowInto(windowFn, strategy))).apply(withName("gather", gather(bounds))),
  );
  return harness.processor();
}

const event = (key: unknown, value: number, atMs: number): WindowedValue<Pair> => at({ key, value }, atMs);

const fragment = (key: unknown, value: number[], window: IntervalWindow) => ({
  ...at({ key, value }, window.endMs - 1, [window]),
  pane: NO_FIRING,
  // Twice the values' sizes, and the list itself.
  bytes: 48 + 2 * value.reduce((sum, size) => sum + size, 0),
});

describe("Fragments", () => {
  it("gather a bundle's values of one key whose windows overlap, in a window that covers theirs", async () => {
    const bundle = await stage(lists(100, 1_000));
    await bundle.run([event("a", 1, 100), event("b", 2, 101), event("a", 3, 109), event("a", 4, 95)]);
    assert.deepEqual(bundle.of("main"), [
      fragment("a", [1, 3, 4], { startMs: 95, endMs: 119 }),
      fragment("b", [2], { startMs: 101, endMs: 111 }),
    ]);
  });

  it("leave alone what only touches: windows are half-open", async () => {
    const bundle = await stage(lists(100, 1_000));
    await bundle.run([event("a", 1, 100), event("a", 2, 110), event("a", 3, 100)]);
    assert.deepEqual(
      bundle.of<Fragment["value"]>("main").map(({ value }) => value.value),
      [[1], [2], [3]],
    );
  });

  it("keep nothing beyond the bundle", async () => {
    const bundle = await stage(lists(100, 1_000));
    await bundle.run([event("a", 1, 100)]);
    await bundle.run([event("a", 2, 101)]);
    await bundle.run([]);
    assert.equal(bundle.of("main").length, 2);
  });

  it("hold no more values and bytes than they may; a value above that is a fragment of its own", async () => {
    const bundle = await stage(lists(3, 10));
    await bundle.run([1, 1, 1, 1, 5, 5, 11, 1].map((value) => event("a", value, 100)));
    assert.deepEqual(
      bundle.of<Fragment["value"]>("main").map(({ value }) => value.value),
      [[1, 1, 1], [1, 5], [5], [11], [1]],
    );
  });

  it("that weigh more than an element are followed by empty ones, in their window", async () => {
    const bundle = await stage({ ...lists(3, 100), bytesPerElement: 10 });
    await bundle.run([event("a", 4, 100), event("a", 6, 105), event("b", 21, 100), event("c", 1, 100)]);
    const [long, short] = [
      { startMs: 100, endMs: 115 },
      { startMs: 100, endMs: 110 },
    ] as const;
    assert.deepEqual(bundle.of("main"), [
      fragment("a", [4, 6], long),
      fragment("b", [21], short),
      fragment("b", [], short),
      fragment("b", [], short),
      fragment("c", [1], short),
    ]);
  });

  it("know keys by their bytes", async () => {
    const bundle = await stage(lists(100, 1_000), { key: { id: 1 } });
    await bundle.run([event({ id: 1 }, 1, 100), event({ id: 2 }, 2, 100), event({ id: 1 }, 3, 100)]);
    assert.deepEqual(
      bundle.values<Fragment["value"]>("main").map(({ value }) => value),
      [[1, 3], [2]],
    );
  });

  it("keep windows apart that do not merge", async () => {
    const bundle = await stage(lists(100, 1_000), { windowFn: fixedWindowsMs(1_000) });
    await bundle.run([event("a", 1, 100), event("a", 2, 1_100), event("a", 3, 900)]);
    assert.deepEqual(bundle.of("main"), [
      fragment("a", [1, 3], { startMs: 0, endMs: 1_000 }),
      fragment("a", [2], { startMs: 1_000, endMs: 2_000 }),
    ]);
  });

  it("refuse a windowing whose output time is not the end of the window", async () => {
    await assert.rejects(
      async () => stage(lists(1, 1), { strategy: windowing({ timestampCombiner: "earliest" }) }),
      /output time is the end of the window/,
    );
  });

  it("all leave when there are too many keys, or too many bytes are held", async () => {
    const many = await stage(lists(100, 1_000));
    many.stage.start();
    for (let key = 0; key <= MAX_OPEN; key++) await many.push(event(`k${key}`, 1, 100));
    assert.equal(many.of("main").length, MAX_OPEN + 1);
    const large = await stage(lists(100, Number.MAX_SAFE_INTEGER));
    large.stage.start();
    for (let key = 0; key < 8; key++) await large.push(event(`k${key}`, MAX_HELD_BYTES / 8, 100));
    assert.equal(large.of("main").length, 0);
    await large.push(event("one more", 1, 100));
    assert.equal(large.of("main").length, 9);
    // Elements that left do not count.
    for (let key = 0; key < 8; key++) await large.push(event(`k${key}`, MAX_HELD_BYTES / 8, 100));
    assert.equal(large.of("main").length, 9);
  });

  it("become the sessions that their values would, in any order, bundles and size", async () => {
    const events = fc.array(
      fc.record({ key: fc.constantFrom("a", "b", "c"), atMs: fc.integer({ min: 0, max: 150 }) }),
      { maxLength: 60, size: "max" },
    );
    const shape = fc.record({
      events,
      bundleSize: fc.integer({ min: 1, max: 60 }),
      maxValues: fc.integer({ min: 1, max: 8 }),
      maxBytes: fc.integer({ min: 1, max: 200 }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ events: times, bundleSize, maxValues, maxBytes }) => {
        const all = times.map(({ key, atMs }, value): Event => ({ key, value, atMs }));
        const bundle = await stage(lists(maxValues, maxBytes));
        for (let from = 0; from < all.length; from += bundleSize) {
          const own = all.slice(from, from + bundleSize);
          await bundle.run(own.map(({ key, value, atMs }) => event(key, value, atMs)));
        }
        const made = bundle.of<KV<string, number[]>>("main");
        for (const { value } of made) assert.ok(value.value.length <= maxValues);
        assert.deepEqual(mergedByRunner(made), normal(sessionsOf(all, GAP_MS)));
      }),
      { seed: 1, numRuns: 150 },
    );
  });
});

interface Session {
  readonly key: string;
  readonly value: readonly number[];
  readonly window: IntervalWindow;
}

/** Merges the fragments as a runner's GroupByKey does: windows of a key merge when they overlap. */
function mergedByRunner(made: readonly WindowedValue<KV<string, number[]>>[]): Session[] {
  const sessions: Session[] = [];
  const inOrder = [...made].sort((one, other) => one.windows[0]!.startMs - other.windows[0]!.startMs);
  for (const { value, windows, timestampMs } of inOrder) {
    const [window] = windows as [IntervalWindow];
    assert.equal(timestampMs, window.endMs - 1);
    const index = sessions.findIndex((own) => own.key === value.key && window.startMs < own.window.endMs);
    const before = sessions[index];
    if (before === undefined) sessions.push({ key: value.key, value: value.value, window });
    else {
      const endMs = Math.max(before.window.endMs, window.endMs);
      const merged = { ...before.window, endMs };
      sessions[index] = { key: value.key, value: [...before.value, ...value.value], window: merged };
    }
  }
  return normal(sessions);
}

function normal(sessions: readonly Session[]): Session[] {
  const sorted = sessions.map((own) => ({ ...own, value: [...own.value].sort((one, other) => one - other) }));
  return sorted.sort((one, other) => one.window.startMs - other.window.startMs || (one.key < other.key ? -1 : 1));
}
