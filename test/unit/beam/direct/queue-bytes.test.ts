/** The direct runner's queues are bounded by bytes, since elements may be few and large. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { asyncDoFn, type AsyncElement, doFn } from "../../../../src/beam/authoring";
import { type PCollection, StrUtf8Coder, withName } from "../../../../src/beam/sdk";
import { cancelAll, start, ticks, until } from "./runner-fixture";

/** Limit by a rough count, which takes two bytes for each character. */
const TEXT_BYTES = 100_000;
const MAX_QUEUED_BYTES = 2_000_000;
const FEW = 5;

let made = 0;
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

/** Ends when the test says so. */
const holdText = asyncDoFn("test/direct/holdText", {
  outputs: { main: new StrUtf8Coder() },
  calls: { maxConcurrentCalls: 2 },
  open: () => ({
    async process([element]: readonly AsyncElement<string, { main: string }>[]) {
      if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
      await element!.emit("main", element!.value);
    },
  }),
});

const texts = (numbers: PCollection<number>): PCollection<string> => numbers.apply(withName("texts", toText())).main;

describe("what waits in the direct runner", () => {
  beforeEach(() => {
    made = 0;
    isOpen = false;
    waiting = [];
  });
  afterEach(cancelAll);

  it("takes no more bytes than allowed before a stage, and a source waits for that", async () => {
    const count = 400;
    const run = await start((root) => texts(ticks(root, { count, perRun: count, delayMs: 0 })).apply(holdText()), {
      maxQueuedBytes: MAX_QUEUED_BYTES,
      maxConcurrentBundlesPerStage: 2,
    });
    const most = MAX_QUEUED_BYTES / TEXT_BYTES;
    await until(() => run.status().stages["test/direct/holdText"]!.queued >= most - FEW);
    await pause(100);
    assert.ok(made <= most + FEW, `${made} elements of 100 KB`);
    isOpen = true;
    waiting.forEach((resolve) => resolve());
    await run.finished;
    assert.equal(made, count);
  });
});
