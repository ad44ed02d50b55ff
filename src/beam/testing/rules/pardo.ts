import assert from "node:assert/strict";
import { fixedWindowsMs } from "../../authoring/windowing";
import {
  countGlobally,
  paneInfoParam,
  parDo,
  split,
  timestampParam,
  type PCollection,
  windowParam,
  withName,
} from "../../sdk";
import { GLOBAL_WINDOW, type KV } from "../../values";
import { countBundle, countTo, inflate, type LifecycleEvent, logLifecycle, sort } from "../fns/basic";
import { double, evenOrOdd, SeeContext, type Seen, SumBundle, upTo } from "../fns/sdk";
import { readLines, sortedValues, sorted } from "../support/collected";
import { grouped, windowed } from "../support/grouping";
import type { Rule } from "../support/rule";
import { fromZeroTo, inOrder } from "../support/numbers";

export function pardoRules(rule: Rule): void {
  describe("ParDo", () => {
    rule("every element is processed exactly once, in any order", "parDo", async (job) => {
      const numbers = fromZeroTo(200);
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          numbers.map((value) => ({ value, atMs: value })),
        );
        job.collect(input.apply(withName("double", (pc: PCollection<number>) => pc.map(double))), "out");
      });
      assert.deepEqual(inOrder(job.collected<number>("out")), numbers.map(double));
    });

    rule("each output receives what was emitted to its tag, and nothing else", "parDo", async (job) => {
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          fromZeroTo(20).map((value) => ({ value, atMs: 0 })),
        );
        const outputs = input.apply(sort());
        for (const tag of ["even", "odd", "all"] as const) job.collect(outputs[tag], tag);
      });
      assert.deepEqual(inOrder(job.collected<number>("even")), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
      assert.deepEqual(sortedValues(job.collected("odd")), sorted(fromZeroTo(10).map((n) => `odd ${2 * n + 1}`)));
      assert.deepEqual(inOrder(job.collected<number>("all")), fromZeroTo(20));
    });

    rule("an output that nobody reads does no harm", "parDo", async (job) => {
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          fromZeroTo(10).map((value) => ({ value, atMs: 0 })),
        );
        const outputs = input.apply(sort());
        job.collect(outputs.even, "even");
      });
      assert.deepEqual(inOrder(job.collected<number>("even")), [0, 2, 4, 6, 8]);
    });

    rule("a collection that several transforms read arrives whole at each", "parDo", async (job) => {
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          fromZeroTo(30).map((value) => ({ value, atMs: 0 })),
        );
        for (const name of ["first", "second", "third"]) job.collect(input, name);
      });
      for (const name of ["first", "second", "third"]) {
        assert.deepEqual(inOrder(job.collected<number>(name)), fromZeroTo(30), name);
      }
    });

    rule(
      "open precedes all bundles, and elements come only between startBundle and finishBundle",
      "parDo",
      async (job) => {
        await job.run((root) => {
          const input = job.records(
            root,
            "numbers",
            fromZeroTo(50).map((value) => ({ value, atMs: 0 })),
          );
          const logged = input.apply(withName("log", logLifecycle({ directory: job.folder("log") })));
          job.collect(logged.main, "out");
        });
        assert.equal(job.collected("out").length, 50);
        const events = readLines<LifecycleEvent>(job.folder("log"));
        assert.equal(events.filter((event) => event.call === "process").length, 50);
        for (const instance of new Set(events.map((event) => event.instance))) {
          const calls = events.filter((event) => event.instance === instance).map((event) => event.call);
          assert.match(calls.join(" "), /^open( startBundle( process)* finishBundle)*$/);
        }
      },
    );

    rule("what finishBundle emits has the time and window that it names", "parDo", async (job) => {
      const window = { startMs: 60_000, endMs: 120_000 };
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          fromZeroTo(40).map((value) => ({ value, atMs: 70_000 })),
        );
        const minutes = windowed(input, "minutes", fixedWindowsMs(60_000));
        job.collect(minutes.apply(withName("count", countBundle({ timestampMs: 90_000, window }))).main, "out");
      });
      const counts = job.collected<number>("out");
      assert.equal(
        counts.reduce((sum, count) => sum + count.value, 0),
        40,
      );
      for (const { timestampMs, window: seen } of counts)
        assert.deepEqual({ timestampMs, seen }, { timestampMs: 90_000, seen: window });
    });

    rule("the SDK's startBundle and finishBundle frame its elements, too", "parDo", async (job) => {
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          fromZeroTo(40).map((value) => ({ value, atMs: 0 })),
        );
        const sums = input.apply(withName("sum", parDo<number, number>(new SumBundle())));
        job.collect(sums, "out");
      });
      const sums = job.collected<number>("out");
      assert.equal(
        sums.reduce((sum, { value }) => sum + value, 0),
        780,
      );
      for (const { timestampMs, window } of sums)
        assert.deepEqual({ timestampMs, window }, { timestampMs: 1_000, window: { ...GLOBAL_WINDOW } });
    });

    rule("the SDK's context parameters tell an element's time, window and pane", "parDo", async (job) => {
      await job.run((root) => {
        const input = job.records(root, "one", [{ value: "a", atMs: 61_234 }]);
        const minutes = windowed(input, "minutes", fixedWindowsMs(60_000));
        const context = { window: windowParam(), timestamp: timestampParam(), pane: paneInfoParam() };
        job.collect(minutes.apply(withName("see", parDo(SeeContext, context))), "out");
      });
      const expected: Seen = {
        value: "a",
        timestampMs: 61_234,
        windowMaxMs: 119_999,
        pane: { timing: "UNKNOWN", index: 0, isFirst: true, isLast: true },
      };
      assert.deepEqual(sortedValues(job.collected<Seen>("out")), [expected]);
    });

    rule("the SDK's flatMap may emit nothing, one or many for an element", "parDo", async (job) => {
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          [0, 1, 3].map((value) => ({ value, atMs: 0 })),
        );
        job.collect(input.flatMap(upTo), "out");
      });
      assert.deepEqual(inOrder(job.collected<number>("out")), [0, 0, 1, 2]);
    });

    rule("the SDK's split sends each element to the collection of its tag", "parDo", async (job) => {
      await job.run((root) => {
        const input = job.records(
          root,
          "numbers",
          fromZeroTo(9).map((value) => ({ value, atMs: 0 })),
        );
        const tagged = input.map(evenOrOdd);
        const { even, odd } = tagged.apply(split(["even", "odd"]));
        job.collect(even, "even");
        job.collect(odd, "odd");
      });
      assert.deepEqual(inOrder(job.collected<number>("even")), [0, 2, 4, 6, 8]);
      assert.deepEqual(inOrder(job.collected<number>("odd")), [1, 3, 5, 7]);
    });

    rule("one element may become very many, over a shuffle", "parDo", async (job) => {
      await job.run((root) => {
        const input = job.records(root, "numbers", [{ value: 20_000, atMs: 0 }]);
        const many = input.apply(withName("count", countTo())).main;
        job.collect(many.apply(withName("count all", countGlobally())), "out");
      });
      assert.deepEqual(sortedValues(job.collected("out")), [20_000]);
    });

    rule("an element may be larger than a message of the runner's protocols", "parDo", async (job) => {
      const length = 5_000_000;
      await job.run((root) => {
        const input = job.records(root, "length", [{ value: { key: "k", value: length }, atMs: 0 }]);
        const large = input.apply(inflate()).main;
        job.collect(grouped(large, "group"), "out");
      });
      const [element] = job.collected<KV<string, string[]>>("out");
      assert.equal(element?.value.value[0]?.length, length);
    });
  });
}
