import assert from "node:assert/strict";
import fc from "fast-check";
import { fixedWindowsMs, slidingWindowsMs } from "../../authoring/windowing";
import type { KV } from "../../values";
import { sorted, sortedValues } from "../support/collected";
import { grouped, kv, windowed, windowedGroups } from "../support/grouping";
import type { Rule, RuleOptions } from "../support/rule";
import { property } from "../support/property";

const SECOND_MS = 1_000;

export function windowRules(rule: Rule, options: RuleOptions): void {
  describe("Fixed windows", () => {
    rule("a window holds its first millisecond, and not the first of the next", "fixedWindows", async (job) => {
      const times = [0, 9_999, 10_000, 19_999, 20_000];
      await job.run((root) => {
        const input = job.records(
          root,
          "elements",
          times.map((atMs) => ({ value: kv("k", atMs), atMs })),
        );
        job.collect(grouped(windowed(input, "window", fixedWindowsMs(10_000)), "group"), "out");
      });
      assert.deepEqual(
        windowedGroups(job.collected("out")),
        sorted([
          { key: "k", value: [0, 9_999], window: { startMs: 0, endMs: 10_000 } },
          { key: "k", value: [10_000, 19_999], window: { startMs: 10_000, endMs: 20_000 } },
          { key: "k", value: [20_000], window: { startMs: 20_000, endMs: 30_000 } },
        ]),
      );
    });

    rule("an offset moves the windows' edges", "fixedWindows", async (job) => {
      const times = [10_000, 12_999, 13_000];
      await job.run((root) => {
        const input = job.records(
          root,
          "elements",
          times.map((atMs) => ({ value: kv("k", atMs), atMs })),
        );
        job.collect(grouped(windowed(input, "window", fixedWindowsMs(10_000, 3_000)), "group"), "out");
      });
      assert.deepEqual(
        windowedGroups(job.collected("out")),
        sorted([
          { key: "k", value: [10_000, 12_999], window: { startMs: 3_000, endMs: 13_000 } },
          { key: "k", value: [13_000], window: { startMs: 13_000, endMs: 23_000 } },
        ]),
      );
    });

    rule("any elements are grouped by key and window, as computed naively", "fixedWindows", async (job) => {
      const element = fc.record({ key: fc.constantFrom("a", "b", "c"), atMs: fc.nat(60_000) });
      await property(
        options,
        fc.array(element, { minLength: 1, maxLength: 60, size: "max" }),
        async (elements, name) => {
          await job.run((root) => {
            const input = job.records(
              root,
              "elements",
              elements.map(({ key, atMs }) => ({ value: kv(key, atMs), atMs })),
            );
            job.collect(grouped(windowed(input, "window", fixedWindowsMs(7_000)), "group"), name);
          });
          const expected = new Map<string, KV<string, number[]> & { window: object }>();
          for (const { key, atMs } of elements) {
            const startMs = atMs - (atMs % (7 * SECOND_MS));
            const id = `${key} ${startMs}`;
            const window = { startMs, endMs: startMs + 7 * SECOND_MS };
            expected.set(id, { key, value: [...(expected.get(id)?.value ?? []), atMs], window });
          }
          const naive = [...expected.values()].map((one) => ({ ...one, value: sorted(one.value) }));
          assert.deepEqual(windowedGroups(job.collected(name)), sorted(naive));
        },
      );
    });

    rule("elements are windowed anew by their times, whatever windows they had", "fixedWindows", async (job) => {
      const times = [1_000, 11_000, 61_000];
      await job.run((root) => {
        const input = job.records(
          root,
          "elements",
          times.map((atMs) => ({ value: kv("k", atMs), atMs })),
        );
        const narrow = windowed(input, "ten seconds", fixedWindowsMs(10_000));
        job.collect(grouped(windowed(narrow, "a minute", fixedWindowsMs(60_000)), "group"), "out");
      });
      assert.deepEqual(
        windowedGroups(job.collected("out")),
        sorted([
          { key: "k", value: [1_000, 11_000], window: { startMs: 0, endMs: 60_000 } },
          { key: "k", value: [61_000], window: { startMs: 60_000, endMs: 120_000 } },
        ]),
      );
    });
  });

  describe("Sliding windows", () => {
    rule(
      "an element is in every window that covers its time, and in each group of these",
      "slidingWindows",
      async (job) => {
        const times = [12_000, 17_000];
        await job.run((root) => {
          const input = job.records(
            root,
            "elements",
            times.map((atMs) => ({ value: kv("k", atMs), atMs })),
          );
          job.collect(grouped(windowed(input, "window", slidingWindowsMs(10_000, 5_000)), "group"), "out");
        });
        assert.deepEqual(
          windowedGroups(job.collected("out")),
          sorted([
            { key: "k", value: [12_000], window: { startMs: 5_000, endMs: 15_000 } },
            { key: "k", value: [12_000, 17_000], window: { startMs: 10_000, endMs: 20_000 } },
            { key: "k", value: [17_000], window: { startMs: 15_000, endMs: 25_000 } },
          ]),
        );
      },
    );

    rule("a DoFn sees an element once for each of its windows", "slidingWindows", async (job) => {
      await job.run((root) => {
        const input = job.records(root, "elements", [{ value: "one", atMs: 32_000 }]);
        job.collect(windowed(input, "window", slidingWindowsMs(30_000, 10_000)), "out");
      });
      const starts = job.collected("out").map(({ window }) => window.startMs);
      assert.deepEqual(
        starts.sort((a, b) => a - b),
        [10_000, 20_000, 30_000],
      );
      assert.deepEqual(sortedValues(job.collected("out")), ["one", "one", "one"]);
    });

    rule(
      "an offset moves the windows, and gaps between windows drop what falls into them",
      "slidingWindows",
      async (job) => {
        const times = [20_000, 21_000, 24_999, 25_000];
        await job.run((root) => {
          const input = job.records(
            root,
            "elements",
            times.map((atMs) => ({ value: kv("k", atMs), atMs })),
          );
          job.collect(grouped(windowed(input, "window", slidingWindowsMs(4_000, 10_000, 1_000)), "group"), "out");
        });
        assert.deepEqual(windowedGroups(job.collected("out")), [
          { key: "k", value: [21_000, 24_999], window: { startMs: 21_000, endMs: 25_000 } },
        ]);
      },
    );
  });
}
