import assert from "node:assert/strict";
import { fixedWindowsMs, sessionsMs } from "../../authoring/windowing";
import {
  count,
  countPerElement,
  groupBy,
  groupGlobally,
  max,
  mean,
  min,
  type PCollection,
  type PTransform,
  sum,
  withName,
} from "../../sdk";
import type { KV } from "../../values";
import { exactMean, larger } from "../fns/sdk";
import { sorted, sortedValues } from "../support/collected";
import { kv, windowed } from "../support/grouping";
import { fromZeroTo } from "../support/numbers";
import type { Rule } from "../support/rule";

const SCORES = fromZeroTo(60).map((n) => ({ value: kv(`k${n % 3}`, n), atMs: n * 1_000 }));

export function combineRules(rule: Rule): void {
  describe("Combine", () => {
    rule("several combiners at once each see every value of the key", "combine", async (job) => {
      await job.run((root) => {
        const combining = groupBy<KV<string, number>, "key">("key")
          .combining("value", sum, "sum")
          .combining("value", max, "max")
          .combining("value", min, "min")
          .combining("value", mean, "mean")
          .combining("value", count, "count");
        job.collect(combined(job.records(root, "scores", SCORES), combining), "out");
      });
      const expected = fromZeroTo(3).map((n) => ({
        key: `k${n}`,
        sum: 570 + 20 * n,
        max: 57 + n,
        min: n,
        mean: 28.5 + n,
        count: 20,
      }));
      assert.deepEqual(sortedValues(job.collected("out")), expected);
    });

    rule(
      "a binary function combines, and so does a combiner whose accumulator has a type of its own",
      "combine",
      async (job) => {
        await job.run((root) => {
          const combining = groupBy<KV<string, number>, "key">("key")
            .combining("value", larger, "largest")
            .combining("value", exactMean, "mean");
          job.collect(combined(job.records(root, "scores", SCORES), combining), "out");
        });
        const expected = fromZeroTo(3).map((n) => ({ key: `k${n}`, largest: 57 + n, mean: `${570 + 20 * n}/20` }));
        assert.deepEqual(sortedValues(job.collected("out")), expected);
      },
    );

    rule("combining globally gives one result", "combine", async (job) => {
      await job.run((root) => {
        const combining = groupGlobally<{ key: string; value: number }>().combining("value", sum, "total");
        job.collect(combined(job.records(root, "scores", SCORES), combining), "out");
      });
      assert.deepEqual(sortedValues(job.collected("out")), [{ total: 1_770 }]);
    });

    rule("equal elements are counted together", "combine", async (job) => {
      await job.run((root) => {
        const words = ["a", "b", "a", "c", "a", "b"].map((value) => ({ value, atMs: 0 }));
        job.collect(job.records(root, "words", words).apply(withName("count", countPerElement())), "out");
      });
      const expected = sorted([
        { element: "a", count: 3 },
        { element: "b", count: 2 },
        { element: "c", count: 1 },
      ]);
      assert.deepEqual(sortedValues(job.collected("out")), expected);
    });

    rule("each window is combined by itself", "combine", async (job) => {
      await job.run((root) => {
        const input = windowed(job.records(root, "scores", SCORES), "half minutes", fixedWindowsMs(30_000));
        const combining = groupBy<KV<string, number>, "key">("key").combining("value", sum, "sum");
        job.collect(combined(input, combining), "out");
      });
      const sums = job
        .collected<{ key: string; sum: number }>("out")
        .map(({ value, window }) => ({ ...value, window }));
      const expected = [0, 30].flatMap((from) =>
        fromZeroTo(3).map((n) => ({
          key: `k${n}`,
          sum: 10 * (from + n) + 135,
          window: { startMs: from * 1_000, endMs: (from + 30) * 1_000 },
        })),
      );
      assert.deepEqual(sorted(sums), sorted(expected));
    });

    rule("a session is combined as a whole, in whatever pieces it was merged", "combine", async (job) => {
      const bursts = [0, 9, 18, 100, 109].map((second) => ({ value: kv("k", second), atMs: second * 1_000 }));
      await job.run((root) => {
        const input = windowed(job.records(root, "bursts", bursts), "sessions", sessionsMs(10_000));
        const combining = groupBy<KV<string, number>, "key">("key").combining("value", exactMean, "mean");
        job.collect(combined(input, combining), "out");
      });
      const means = job.collected<{ mean: string }>("out").map(({ value, window }) => ({ mean: value.mean, window }));
      const expected = [
        { mean: "27/3", window: { startMs: 0, endMs: 28_000 } },
        { mean: "209/2", window: { startMs: 100_000, endMs: 119_000 } },
      ];
      assert.deepEqual(sorted(means), sorted(expected));
    });
  });
}

function combined<T, O>(input: PCollection<T>, combining: PTransform<PCollection<T>, PCollection<O>>): PCollection<O> {
  return input.apply(withName("combine", combining));
}
