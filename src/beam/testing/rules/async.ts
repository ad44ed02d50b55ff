import assert from "node:assert/strict";
import { fixedWindowsMs, slidingWindowsMs } from "../../authoring/windowing";
import { type PCollection, withName } from "../../sdk";
import type { Batching } from "../../authoring/async-do-fn";
import { asyncBoundary } from "../../authoring/async-boundary";
import {
  type CallRecord,
  negativesLast,
  recordCalls,
  type RecordCallsSettings,
  staggered,
  takeTime,
  twice,
} from "../fns/async";
import { numberCoder } from "../support/coders";
import { readLines, sorted, sortedValues } from "../support/collected";
import { windowed } from "../support/grouping";
import type { Job } from "../support/job";
import { fromZeroTo, inOrder } from "../support/numbers";
import type { Rule } from "../support/rule";
import { at, checkpoint, seen } from "../support/steps";

export function asyncRules(rule: Rule): void {
  describe("Asynchronous DoFns", () => {
    rule(
      "every element's results arrive before the run ends, whatever order the calls end in",
      "async",
      async (job) => {
        await job.run((root) => {
          const input = numbers(job, root, 60);
          const { begun, done } = input.apply(staggered());
          job.collect(begun, "begun");
          job.collect(done, "done");
        });
        assert.deepEqual(inOrder(job.collected<number>("begun")), fromZeroTo(60));
        assert.deepEqual(sortedValues(job.collected("done")), sorted(fromZeroTo(60).map((n) => `done ${n}`)));
      },
    );

    rule("calls run at once, but never more per process than the bound", "async", async (job) => {
      const calls = await call(job, 40, { maxConcurrentCalls: 5, callMs: 20 });
      assert.equal(calls.length, 40);
      const most = mostAtOnce(calls);
      assert.ok(most <= 5, `${most} calls ran at once`);
      assert.ok(most >= 2, "no two calls ran at once");
    });

    rule("stages that name the same pool share its bound", "async", async (job) => {
      await job.run((root) => {
        const input = numbers(job, root, 30);
        const directory = job.folder("calls");
        for (const name of ["left", "right"]) {
          const calls = recordCalls<number>({ pool: "shared", maxConcurrentCalls: 3, callMs: 20, directory });
          job.collect(input.apply(withName(name, calls)).main, name);
        }
      });
      const calls = readLines<CallRecord>(job.folder("calls"));
      assert.equal(calls.length, 60);
      assert.ok(mostAtOnce(calls) <= 3, `${mostAtOnce(calls)} calls ran at once`);
    });

    rule("without batching a call has one element", "async", async (job) => {
      const calls = await call(job, 20, { maxConcurrentCalls: 4, callMs: 1 });
      assert.ok(calls.every(({ elements }) => elements.length === 1));
    });

    rule(
      "a batch has no more elements than its bound, and an incomplete one leaves at the end, too",
      "async",
      async (job) => {
        const calls = await call(job, 47, { maxConcurrentCalls: 4, callMs: 5, batching: batching({ maxCount: 5 }) });
        assert.ok(calls.every(({ elements }) => elements.length <= 5 && elements.length > 0));
        assert.ok(
          calls.some(({ elements }) => elements.length > 1),
          "nothing was batched",
        );
        assert.deepEqual(sorted(calls.flatMap(({ elements }) => elements)), sorted(fromZeroTo(47)));
      },
    );

    rule("a batch has no more bytes than its bound, unless one element alone has", "async", async (job) => {
      const texts = [3, 3, 3, 50, 3, 3, 3, 50, 3, 3].map((length, index) => `${"x".repeat(length)}${index}`);
      const sizeBytes = (text: unknown): number => JSON.stringify(text).length;
      await job.run((root) => {
        const bytes = { maxConcurrentCalls: 2, callMs: 5, batching: batching({ maxBytes: 20 }) };
        const input = job.records(
          root,
          "texts",
          texts.map((value) => ({ value, atMs: 0 })),
        );
        job.collect(input.apply(recordCalls<string>({ ...bytes, directory: job.folder("calls") })).main, "out");
      });
      for (const { elements } of readLines<CallRecord>(job.folder("calls"))) {
        const bytes = elements.reduce((sum: number, element) => sum + sizeBytes(element), 0);
        assert.ok(elements.length === 1 || bytes <= 20, `${elements.length} elements of ${bytes} bytes in one call`);
      }
      assert.deepEqual(sortedValues(job.collected("out")), sorted(texts));
    });

    rule("a full batch leaves although its age is far from its bound", "async", async (job) => {
      const calls = await call(job, 20, {
        maxConcurrentCalls: 4,
        callMs: 1,
        batching: batching({ maxCount: 2, maxAgeMs: 3_600_000 }),
      });
      assert.equal(calls.flatMap(({ elements }) => elements).length, 20);
    });

    rule(
      "behind asyncBoundary, too, every element's results arrive, with its time and window",
      "async",
      async (job) => {
        await job.run((root) => {
          const minutes = windowed(numbers(job, root, 60), "minutes", fixedWindowsMs(60_000));
          const apart = minutes.apply(asyncBoundary(numberCoder, { maxElements: 7 }));
          const { begun, done } = apart.apply(staggered());
          job.collect(begun, "begun");
          job.collect(done, "done");
        });
        const begun = job.collected<number>("begun");
        assert.deepEqual(inOrder(begun), fromZeroTo(60));
        assert.deepEqual(sortedValues(job.collected("done")), sorted(fromZeroTo(60).map((n) => `done ${n}`)));
        for (const { value, timestampMs, window } of begun) {
          assert.equal(timestampMs, value);
          assert.deepEqual(window, { startMs: 0, endMs: 60_000 });
        }
      },
    );

    rule("behind asyncBoundary equal elements are as many as they were", "async", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const first = [at(1, 900), at(2, 20), seen(out, 1)];
        const steps = [...first, at(3, 900), at(4, 30), seen(out, 2), at(5, 900), seen(out, 5)];
        const apart = job.script(root, "script", steps).apply(asyncBoundary(numberCoder, { maxElements: 7 }));
        job.collect(apart.apply(withName("call", takeTime())).main, "out");
      });
      assert.deepEqual(inOrder(job.collected<number>("out")), [20, 30, 900, 900, 900]);
    });

    rule("behind asyncBoundary an element of several windows comes out once in each", "async", async (job) => {
      await job.run((root) => {
        const sliding = windowed(numbers(job, root, 10), "sliding", slidingWindowsMs(60_000, 30_000));
        const apart = sliding.apply(asyncBoundary(numberCoder, { maxElements: 3 }));
        const calls = recordCalls<number>({ maxConcurrentCalls: 8, callMs: 30, directory: job.folder("calls") });
        job.collect(apart.apply(calls).main, "out");
      });
      const out = job.collected<number>("out").map(({ value, window }) => [value, window.startMs]);
      const expected = fromZeroTo(10).flatMap((n) => [-30_000, 0].map((startMs) => [n, startMs]));
      assert.deepEqual(sorted(out), sorted(expected));
    });

    rule("behind asyncBoundary a call that takes long holds up nothing that comes later", "async", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const steps = [at(1, -1), checkpoint(500), at(2, 1), seen(out, 1), at(3, 2), seen(out, 2)];
        const apart = job.script(root, "script", steps).apply(asyncBoundary(numberCoder, { maxElements: 7 }));
        job.collect(apart.apply(negativesLast({ directory: out, count: 2 })).main, "out");
      });
      assert.deepEqual(inOrder(job.collected<number>("out")), [-1, 1, 2]);
    });

    rule("behind asyncBoundary an element that asks for it begins anew, and comes out once", "async", async (job) => {
      await job.run((root) => {
        const apart = numbers(job, root, 20).apply(asyncBoundary(numberCoder, { maxElements: 7 }));
        job.collect(apart.apply(twice()).main, "out");
      });
      assert.deepEqual(inOrder(job.collected<number>("out")), fromZeroTo(20));
    });

    rule("each element of a batch keeps its own time and window", "async", async (job) => {
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          fromZeroTo(30).map((n) => ({ value: n, atMs: n * 10_000 })),
        );
        const minutes = windowed(input, "minutes", fixedWindowsMs(60_000));
        const inTens = { maxConcurrentCalls: 2, callMs: 5, batching: batching({ maxCount: 10 }) };
        job.collect(minutes.apply(recordCalls<number>({ ...inTens, directory: job.folder("calls") })).main, "out");
      });
      const out = job.collected<number>("out");
      assert.deepEqual(inOrder(out), fromZeroTo(30));
      for (const { value, timestampMs, window } of out) {
        assert.equal(timestampMs, value * 10_000);
        assert.equal(window.startMs, Math.floor(value / 6) * 60_000);
      }
    });
  });
}

function numbers(job: Job, root: Parameters<Job["records"]>[0], count: number): PCollection<number> {
  return job.records(
    root,
    "numbers",
    fromZeroTo(count).map((value) => ({ value, atMs: value })),
  );
}

function batching(bounds: Partial<Batching>): Batching {
  return { maxCount: 1_000, maxBytes: 1_000_000, maxAgeMs: 50, ...bounds };
}

/** Sends `count` numbers through one stage of calls, checks that all are emitted, and returns the calls. */
async function call(job: Job, count: number, options: Omit<RecordCallsSettings, "directory">): Promise<CallRecord[]> {
  await job.run((root) => {
    const calls = recordCalls<number>({ ...options, directory: job.folder("calls") });
    job.collect(numbers(job, root, count).apply(calls).main, "out");
  });
  assert.deepEqual(inOrder(job.collected<number>("out")), fromZeroTo(count));
  return readLines<CallRecord>(job.folder("calls"));
}

/**
 * Returns the maximum of concurrent calls. A call that ends in the millisecond in which another starts does not overlap
 * it.
 */
function mostAtOnce(calls: readonly CallRecord[]): number {
  const running = (one: CallRecord): number =>
    calls.filter((other) => other.process === one.process && other.startMs <= one.startMs && other.endMs > one.startMs)
      .length;
  return Math.max(...calls.map(running));
}
