/** The direct runner's queues are bounded by bytes, since elements may be few and large. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import {
  asyncDoFn,
  type AsyncElement,
  doFn,
  fixedWindowsMs,
  fragments,
  jsonCoder,
  type KV,
} from "../../../../src/beam/authoring";
import { groupByKey, KVCoder, type PCollection, StrUtf8Coder, windowInto, withName } from "../../../../src/beam/sdk";
import { cancelAll, start, ticks, until } from "./runner-fixture";

/** Limit by a rough count, which takes two bytes for each character. */
const TEXT_BYTES = 100_000;
const MAX_QUEUED_BYTES = 2_000_000;
const FEW = 5;

let made = 0;
let keys = 0;
let isOpen = false;
let waiting: (() => void)[] = [];

const toText = doFn("test/direct/toText", {
  outputs: { main: new StrUtf8Coder() },
  open: () => ({
    process(_value: number, emit) {
      made++;
      void emit("main", "x".repeat(TEXT_BYTES / 2));
    },
  }),
});

/** Takes anything; ends when the test says so. */
const hold = asyncDoFn("test/direct/hold", {
  outputs: { main: new StrUtf8Coder() },
  calls: { maxConcurrentCalls: 2 },
  open: () => ({
    async process([element]: readonly AsyncElement<unknown, { main: string }>[]) {
      if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
      await element!.emit("main", "done");
    },
  }),
});

/** Each text under a key of its own. */
const toPair = doFn("test/direct/toTextPair", {
  outputs: { main: new KVCoder<string, string>(new StrUtf8Coder(), new StrUtf8Coder()) },
  open: () => ({
    process(value: string, emit) {
      void emit("main", { key: String(keys++), value });
    },
  }),
});

const toFragments = fragments("test/direct/textFragments", {
  outputs: { main: new KVCoder(new StrUtf8Coder(), jsonCoder<string[]>("test:direct:texts", 1)) },
  open: () => ({
    maxValues: 10,
    maxBytes: 1_000,
    keyOf: ({ key }: KV<string, string>) => key,
    sizeBytes: ({ value }) => value.length,
    create: ({ value }: KV<string, string>) => [value],
    add: (list: string[], { value }: KV<string, string>) => [...list, value],
  }),
});

const texts = (numbers: PCollection<number>): PCollection<string> => numbers.apply(withName("texts", toText())).main;

describe("what waits in the direct runner", () => {
  beforeEach(() => {
    made = 0;
    keys = 0;
    isOpen = false;
    waiting = [];
  });
  afterEach(cancelAll);

  it("takes no more bytes than allowed before a stage, and a source waits for that", async () => {
    const count = 400;
    const run = await start((root) => texts(ticks(root, { count, perRun: count, delayMs: 0 })).apply(hold()), {
      maxQueuedBytes: MAX_QUEUED_BYTES,
      maxConcurrentBundlesPerStage: 2,
    });
    const most = MAX_QUEUED_BYTES / TEXT_BYTES;
    await until(() => run.status().stages["test/direct/hold"]!.queued >= most - FEW);
    await pause(100);
    assert.ok(made <= most + FEW, `${made} elements of 100 KB`);
    isOpen = true;
    waiting.forEach((resolve) => resolve());
    await run.finished;
    assert.equal(made, count);
  });

  for (const gathers of [false, true]) {
    it(`lets a GroupByKey fire into no more bytes than allowed, of ${gathers ? "fragments" : "values"}`, async () => {
      const count = 200;
      const run = await start(
        (root) => {
          const pairs = texts(ticks(root, { count, perRun: count, delayMs: 0 })).apply(withName("pair", toPair())).main;
          const windowed = pairs.apply(windowInto(fixedWindowsMs(1_000)));
          const grouped: PCollection<unknown> = gathers
            ? windowed.apply(toFragments()).main.apply(groupByKey())
            : windowed.apply(groupByKey());
          grouped.apply(hold());
        },
        { maxQueuedBytes: MAX_QUEUED_BYTES, maxConcurrentBundlesPerStage: 2 },
      );
      const queued = (): number => run.status().stages["test/direct/hold"]!.queued;
      const most = MAX_QUEUED_BYTES / TEXT_BYTES;
      await until(() => queued() >= most - FEW);
      await pause(100);
      assert.ok(queued() <= most + FEW, `${queued()} panes of 100 KB`);
      isOpen = true;
      waiting.forEach((resolve) => resolve());
      await run.finished;
    });
  }
});
