/** Elements that wait for side inputs: bounded where that cannot stop the run, and only there. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { asyncDoFn, type AsyncElement, doFn, fixedWindowsMs } from "../../../../src/beam/authoring";
import {
  iterableSideInput,
  type PCollection,
  registerForSerialization,
  type Root,
  StrUtf8Coder,
  windowInto,
  withName,
} from "../../../../src/beam/sdk";
import { cancelAll, number, start, ticks, until } from "./runner-fixture";

/** By a rough count, two bytes for each character. */
const TEXT_BYTES = 100_000;
const COUNT = 200;
const MAX_QUEUED_BYTES = 2_000_000;
/** Elements that the limit lets wait, and a few that are under way. */
const MOST = MAX_QUEUED_BYTES / TEXT_BYTES + 5;

let isSideOpen = false;
let made = 0;
let seen: number[] = [];

/** Emits nothing until the test says so, and so holds its output's watermark. */
const gate = asyncDoFn("test/parking/gate", {
  outputs: { main: number },
  calls: { maxConcurrentCalls: 2 },
  open: () => ({
    async process([element]: readonly AsyncElement<number, { main: number }>[]) {
      while (!isSideOpen) await pause(2);
      await element!.emit("main", element!.value);
    },
  }),
});

const toText = doFn("test/parking/toText", {
  outputs: { main: new StrUtf8Coder() },
  open: () => ({
    process(_value: number, emit) {
      made++;
      void emit("main", "x".repeat(TEXT_BYTES / 2));
    },
  }),
});

/** Leaves the number of the side input's elements. */
function countSide(_main: unknown, { side }: { side: { lookup(): Iterable<unknown> } }): number {
  const count = [...side.lookup()].length;
  seen.push(count);
  return count;
}
registerForSerialization("test/parking", { countSide });

const WINDOW = fixedWindowsMs(100_000);
const OPTIONS = { maxQueuedBytes: MAX_QUEUED_BYTES, maxConcurrentBundlesPerStage: 2 };

const source = (root: Root, name: string): PCollection<number> =>
  root.apply(withName(name, (own: Root) => ticks(own, { count: COUNT, perRun: COUNT, delayMs: 0 })));

const gated = (input: PCollection<number>): PCollection<number> =>
  input.apply(withName("gate", gate())).main.apply(withName("side windows", windowInto(WINDOW)));

const texts = (input: PCollection<number>, name = "main"): PCollection<string> =>
  input.apply(withName(`${name} texts`, toText())).main.apply(withName(`${name} windows`, windowInto(WINDOW)));

const withSide = (main: PCollection<string>, side: PCollection<unknown>, name = "count"): PCollection<number> =>
  main.apply(withName(name, (each: PCollection<string>) => each.map(countSide, { side: iterableSideInput(side) })));

describe("elements that wait for a side input", () => {
  beforeEach(() => {
    isSideOpen = false;
    made = 0;
    seen = [];
  });
  afterEach(cancelAll);

  it("take no more bytes than allowed, and their source waits for that", async () => {
    const run = await start((root) => {
      withSide(texts(source(root, "main source")), gated(source(root, "side source")));
    }, OPTIONS);
    await until(() => made >= MOST - 10);
    await pause(200);
    assert.ok(made <= MOST, `${made} elements of 100 KB`);
    isSideOpen = true;
    await run.finished;
    assert.deepEqual([made, seen], [COUNT, Array.from({ length: COUNT }, () => COUNT)]);
  });

  it("are as many as it takes when one source makes them and their side input", async () => {
    isSideOpen = true;
    const run = await start((root) => {
      const numbers = source(root, "source");
      withSide(texts(numbers), gated(numbers));
    }, OPTIONS);
    await until(() => seen.length === COUNT);
    await run.finished;
  });

  it("do not stop each other's sources for ever", async () => {
    isSideOpen = true;
    const run = await start((root) => {
      const [left, right] = [source(root, "left source"), source(root, "right source")];
      withSide(texts(left, "left"), texts(right, "right side"), "left count");
      withSide(texts(right, "right"), texts(left, "left side"), "right count");
    }, OPTIONS);
    await until(() => seen.length === 2 * COUNT);
    await run.finished;
  });
});
