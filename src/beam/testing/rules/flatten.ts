import assert from "node:assert/strict";
import { StrUtf8Coder, flatten, withCoder, withName } from "../../sdk";
import { fixedWindowsMs } from "../../authoring/windowing";
import { sorted, sortedValues } from "../support/collected";
import { grouped, groups, kv, windowed } from "../support/grouping";
import { fromZeroTo, inOrder } from "../support/numbers";
import type { Rule } from "../support/rule";
import { at, checkpoint, watermark } from "../support/steps";

export function flattenRules(rule: Rule): void {
  describe("Flatten", () => {
    rule("all elements of all inputs come out once, with their times", "flatten", async (job) => {
      await job.run((root) => {
        const parts = [0, 1, 2].map((part) =>
          job.records(
            root,
            `part ${part}`,
            fromZeroTo(10).map((n) => ({ value: part * 10 + n, atMs: part * 10 + n })),
          ),
        );
        job.collect(flatten(parts), "out");
      });
      const out = job.collected<number>("out");
      assert.deepEqual(inOrder(out), fromZeroTo(30));
      assert.ok(out.every(({ value, timestampMs }) => value === timestampMs));
    });

    rule("a collection that is given twice comes out twice", "flatten", async (job) => {
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          fromZeroTo(5).map((value) => ({ value, atMs: 0 })),
        );
        job.collect(flatten([input, input]), "out");
      });
      assert.deepEqual(inOrder(job.collected<number>("out")), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    });

    rule("inputs of different coders become one collection", "flatten", async (job) => {
      await job.run((root) => {
        const json = job.records(root, "as JSON", [{ value: "a", atMs: 0 }]);
        const text = job.records(root, "as text", [{ value: "b", atMs: 0 }]);
        const coded = text.apply(withName("code", withCoder(new StrUtf8Coder())));
        const both = flatten([json, coded]);
        const pairs = both.map(withName("pair", (value: string) => ({ key: "k", value })));
        job.collect(grouped(pairs, "group"), "out");
      });
      assert.deepEqual(groups(job.collected("out")), [kv("k", ["a", "b"])]);
    });

    rule("an empty input adds nothing and holds nothing", "flatten", async (job) => {
      await job.run((root) => {
        const full = job.records(root, "full", [{ value: 1, atMs: 0 }]);
        const empty = job.records<number>(root, "empty", []);
        job.collect(flatten([empty, full, empty]), "out");
      });
      assert.deepEqual(sortedValues(job.collected("out")), [1]);
    });

    rule("a collection that ends and one that does not come together by key", "flatten", async (job) => {
      await job.run((root) => {
        const prices = job.records(root, "prices", [{ value: kv("tea", 3), atMs: 0 }]);
        const sales = job.script(root, "sales", [at(1_000, kv("tea", 7)), watermark(1_000)]);
        const both = windowed(flatten([prices, sales]), "hours", fixedWindowsMs(3_600_000));
        job.collect(grouped(both, "group"), "out");
      });
      assert.deepEqual(groups(job.collected("out")), [kv("tea", [3, 7])]);
    });

    rule("unbounded sources of different pace lose nothing on their way into one", "flatten", async (job) => {
      await job.run((root) => {
        const steps = (start: number, pauseMs: number) =>
          fromZeroTo(10).flatMap((n) => [
            at(start + n, kv(`k${n % 2}`, start + n)),
            watermark(start + n),
            checkpoint(pauseMs),
          ]);
        const fast = job.script(root, "fast", steps(0, 0));
        const slow = job.script(root, "slow", steps(100, 15));
        const both = windowed(flatten([fast, slow]), "hours", fixedWindowsMs(3_600_000));
        job.collect(grouped(both, "group"), "out");
      });
      const all = [...fromZeroTo(10), ...fromZeroTo(10).map((n) => 100 + n)];
      const expected = [0, 1].map((rest) => kv(`k${rest}`, sorted(all.filter((n) => n % 2 === rest))));
      assert.deepEqual(groups(job.collected("out")), expected);
    });
  });
}
