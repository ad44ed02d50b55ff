import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { flatten, type PCollection } from "../../../../src/beam/sdk";
import { MAX_TIMESTAMP_MS } from "../../../../src/beam/values";
import { BeamError } from "../../../../src/beam/error";
import { call, cancelAll, numbers, observe, seen, sessionSizes, start, ticks, until } from "./runner-fixture";

const byNumber = (a: number, b: number): number => a - b;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, value) => value);
const pause = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

function flattened(name: string, ...inputs: PCollection<number>[]): PCollection<number> {
  return flatten(inputs, name);
}

describe("the direct runner", () => {
  beforeEach(() => seen.reset());
  afterEach(cancelAll);

  it("runs a bounded pipeline to its end, and closes what it opened", async () => {
    const run = await start((root) => observe(numbers(root, 5_000)));
    await run.finished;
    assert.deepEqual(seen.values.toSorted(byNumber), upTo(5_000));
    const count = (what: string) => seen.log.filter((entry) => entry === what).length;
    assert.ok(count("open") > 0);
    assert.equal(count("close"), count("open"));
    assert.deepEqual([count("open shared"), seen.log.at(-1)], [1, "close shared"]);
    for (const stage of Object.values(run.status().stages)) {
      assert.equal(stage.inputWatermarkMs, MAX_TIMESTAMP_MS);
      assert.equal(stage.queued + stage.bundlesInFlight, 0);
    }
  });

  it("does the same for every seed, in another order", async () => {
    const order = async (seed: number): Promise<number[]> => {
      seen.reset();
      const run = await start((root) => observe(call(numbers(root, 200), 4)), { random: { seed } });
      await run.finished;
      return seen.values;
    };
    const [first, again, other] = [await order(1), await order(1), await order(2)];
    assert.deepEqual(first.toSorted(byNumber), upTo(200));
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
  });

  it("closes sessions while the source goes on, and the last ones when it is drained", async () => {
    // Only the delay between runs of the source separates 0 … 9, 10 … 19 and so on in time.
    const run = await start((root) => {
      observe(sessionSizes(ticks(root, { perRun: 5, delayMs: 1 }), 1), "sizes");
    });
    await until(() => seen.values.length >= 50);
    const before = run.status().stages["ticks"]!;
    assert.ok(before.outputWatermarkMs > 0 && before.outputWatermarkMs < MAX_TIMESTAMP_MS);
    const drained = run.drain();
    await Promise.all([drained, run.drain(), run.finished]);
    assert.ok(seen.values.every((size) => size === 1));
    assert.equal(run.status().stages["ticks"]?.sleepingRestrictions, 0);
  });

  it("emits every message that was read in exactly one session when it is drained", async () => {
    const sizes: number[] = [];
    seen.onCall = async (size) => void sizes.push(size);
    const run = await start((root) => {
      call(sessionSizes(observe(ticks(root, { perRun: 7, delayMs: 0 })), 1_000_000), 1);
    });
    await until(() => seen.values.length > 100);
    await run.drain();
    assert.deepEqual(sizes, [seen.values.length]);
    assert.deepEqual(seen.values, upTo(seen.values.length));
  });

  it("never shows an element behind the input watermark of its stage, and never moves a watermark back", async () => {
    const last: Record<string, number> = {};
    let checks = 0;
    const run = await start(
      (root) => {
        observe(call(ticks(root, { count: 2_000, perRun: 13, delayMs: 0 }), 8));
      },
      { random: { seed: 4 } },
    );
    seen.onCall = () => pause(0);
    seen.onElement = (_value, { timestampMs }) => {
      for (const [name, { inputWatermarkMs, outputWatermarkMs }] of Object.entries(run.status().stages)) {
        assert.ok(outputWatermarkMs <= inputWatermarkMs);
        assert.ok(inputWatermarkMs >= (last[name] ?? -Infinity));
        last[name] = inputWatermarkMs;
      }
      checks += 1;
      assert.ok(last["call"]! <= timestampMs, "what is in flight holds the watermark");
    };
    await run.finished;
    assert.equal(checks, 2_000);
  });

  it("fails with the name of the stage, and tears everything down", async () => {
    seen.onElement = (value) => {
      if (value === 77) throw new Error("guilty");
    };
    const run = await start((root) => observe(call(numbers(root, 1_000), 4), "culprit"));
    await assert.rejects(run.finished, (error) => error instanceof BeamError && /culprit/.test(error.message));
    const count = (what: string) => seen.log.filter((entry) => entry === what).length;
    assert.equal(count("close"), count("open"));
    assert.equal(seen.log.at(-1), "close shared");
    await run.cancel();
    await assert.rejects(run.drain(), BeamError);
  });

  it("passes on the error that a stage threw itself", async () => {
    seen.onCall = async () => {
      throw new BeamError("ACCESS_DENIED", "No.");
    };
    const run = await start((root) => call(numbers(root, 3), 1));
    await assert.rejects(run.finished, { code: "ACCESS_DENIED" });
  });

  it("ends at once when cancelled, with calls and sources in flight", async () => {
    seen.onCall = () => new Promise(() => undefined);
    const run = await start((root) => observe(call(ticks(root), 2)));
    await until(() => run.status().stages["call"]!.bundlesInFlight > 0);
    await Promise.all([run.cancel(), run.cancel()]);
    await run.finished;
    assert.deepEqual(seen.values, []);
  });

  it("does not fail when it is cancelled while a bundle waits for its calls", async () => {
    seen.onCall = () => new Promise(() => undefined);
    const run = await start((root) => call(numbers(root, 1), 2));
    await until(() => run.status().stages["call"]!.bundlesInFlight > 0);
    await pause(50);
    await run.cancel();
    await run.finished;
  });

  it("stops the source when what is behind it is full, and goes on when there is room", async () => {
    let open = false;
    const waiting: (() => void)[] = [];
    seen.onCall = () => (open ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)));
    const options = { maxQueuedElements: 20, maxConcurrentBundlesPerStage: 2 };
    let read = 0;
    seen.onElement = () => (read += 1);
    const run = await start((root) => call(observe(ticks(root, { count: 500, perRun: 5, delayMs: 0 })), 3), options);
    await until(() => run.status().stages["call"]!.queued >= 20);
    await pause(50);
    // 20 queued, 3 being called, and one more held by each of 2 bundles.
    assert.ok(read <= 20 + 3 + 2, `read ${read}`);
    open = true;
    waiting.forEach((resolve) => resolve());
    await run.finished;
    assert.equal(read, 500);
  });

  it("makes a source wait in the middle of its bundle", async () => {
    let open = false;
    const waiting: (() => void)[] = [];
    seen.onCall = () => (open ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)));
    const run = await start((root) => call(observe(ticks(root, { count: 500, perRun: 500, delayMs: 0 })), 3), {
      maxQueuedElements: 20,
      maxConcurrentBundlesPerStage: 2,
    });
    await until(() => run.status().stages["call"]!.queued >= 20);
    await pause(50);
    assert.ok(seen.values.length <= 20 + 3 + 2, `read ${seen.values.length}`);
    open = true;
    waiting.forEach((resolve) => resolve());
    await run.finished;
    assert.deepEqual(seen.values, upTo(500));
  });

  it("stops the source when sessions cannot leave the GroupByKey", async () => {
    let open = false;
    const waiting: (() => void)[] = [];
    seen.onCall = () => (open ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)));
    let read = 0;
    seen.onElement = () => (read += 1);
    const run = await start(
      (root) => call(sessionSizes(observe(ticks(root, { count: 400, perRun: 5, delayMs: 0 })), 1), 3),
      { maxQueuedElements: 10, maxConcurrentBundlesPerStage: 2 },
    );
    await until(() => run.status().stages["call"]!.queued >= 10);
    await pause(50);
    assert.ok(read <= 40, `read ${read}`);
    open = true;
    waiting.forEach((resolve) => resolve());
    await run.finished;
    assert.equal(read, 400);
  });

  it("keeps every call of a pool busy although elements come one by one and bundles are few", async () => {
    let calls = 0;
    let most = 0;
    seen.onCall = async () => {
      most = Math.max(most, (calls += 1));
      await until(() => most >= 16);
      calls -= 1;
    };
    const run = await start((root) => call(ticks(root, { count: 40, perRun: 1, delayMs: 1 }), 16), {
      maxConcurrentBundlesPerStage: 2,
    });
    await run.finished;
    assert.equal(most, 16);
  });

  it("resumes a restriction no sooner than asked", async () => {
    const startedMs = performance.now();
    const run = await start((root) => observe(ticks(root, { count: 4, perRun: 1, delayMs: 40 })));
    await run.finished;
    assert.ok(performance.now() - startedMs >= 3 * 40 - 5);
    assert.deepEqual(seen.values, [0, 1, 2, 3]);
  });

  it("sees an element once for each way that it takes through Flattens", async () => {
    const run = await start((root) => {
      const input = numbers(root, 10);
      const twice = flattened("twice", input, input);
      observe(flattened("all", twice, numbers(root, 5, "others")));
    });
    await run.finished;
    assert.equal(seen.values.length, 25);
  });

  it("lets timers and I/O run while a stage has much to do", async () => {
    let rounds = 0;
    const timer = setInterval(() => (rounds += 1), 1);
    const untilMs = () => performance.now() + 0.02;
    seen.onElement = () => {
      for (const endMs = untilMs(); performance.now() < endMs;);
    };
    const run = await start((root) => observe(call(numbers(root, 5_000), 8)));
    await run.finished;
    clearInterval(timer);
    assert.ok(rounds >= 4, `${rounds} rounds`);
  });

  it("leaves nothing behind that keeps the process from exiting", async function () {
    this.timeout(60_000);
    const program = `
      const { observe, call, numbers, ticks, seen, start } = require("./test/unit/beam/direct/runner-fixture");
      (async () => {
        await (await start((root) => observe(call(numbers(root, 50), 4)))).finished;
        const cancelled = await start((root) => observe(ticks(root, { delayMs: 3_600_000 })));
        await new Promise((resolve) => setTimeout(resolve, 50));
        await cancelled.cancel();
        seen.onCall = async (value) => { if (value === 20) throw new Error("guilty"); };
        const failed = await start((root) => observe(call(ticks(root, { delayMs: 1 }), 4)));
        await new Promise((resolve) => setTimeout(resolve, 300));
        console.log(await failed.finished.catch((error) => error.code), seen.values.length >= 60);
      })();`;
    const { stdout } = await promisify(execFile)(process.execPath, ["-r", "ts-node/register", "-e", program], {
      timeout: 50_000,
    });
    assert.equal(stdout.trim(), "PIPELINE true");
  });
});
