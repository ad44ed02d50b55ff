import assert from "node:assert/strict";
import * as beam from "apache-beam";
import { P, type PCollection } from "../../sdk";
import { taggedParDo } from "../../authoring/transforms";
import { GLOBAL_WINDOW, type KV } from "../../values";
import { CountBundle, CountTo, Inflate, type LifecycleEvent, LogLifecycle, Sort } from "../fns/basic";
import { double, evenOrOdd, SeeContext, type Seen, SumBundle, upTo } from "../fns/sdk";
import { readLines, sortedValues, sorted } from "../support/collected";
import { grouped, windowed } from "../support/grouping";
import { anyCoder, numberCoder } from "../support/coders";
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
        job.collect(P(input).apply(beam.withName("double", (pc: PCollection<number>) => pc.map(double))), "out");
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
        const outputs = P(input).apply(
          taggedParDo("sort", new Sort(), { even: numberCoder, odd: anyCoder<string>(), all: numberCoder }),
        );
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
        const outputs = P(input).apply(
          taggedParDo("sort", new Sort(), { even: numberCoder, odd: anyCoder<string>(), all: numberCoder }),
        );
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
      "setup precedes all bundles, and elements come only between startBundle and finishBundle",
      "parDo",
      async (job) => {
        await job.run((root) => {
          const input = job.records(
            root,
            "numbers",
            fromZeroTo(50).map((value) => ({ value, atMs: 0 })),
          );
          const logged = P(input).apply(taggedParDo("log", new LogLifecycle(job.folder("log")), { main: numberCoder }));
          job.collect(logged.main, "out");
        });
        assert.equal(job.collected("out").length, 50);
        const events = readLines<LifecycleEvent>(job.folder("log"));
        assert.equal(events.filter((event) => event.call === "process").length, 50);
        for (const instance of new Set(events.map((event) => event.instance))) {
          const calls = events.filter((event) => event.instance === instance).map((event) => event.call);
          assert.match(calls.join(" "), /^setup( startBundle( process)* finishBundle)*$/);
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
        const minutes = windowed(input, "minutes", beam.fixedWindows(60));
        job.collect(
          P(minutes).apply(taggedParDo("count", new CountBundle(90_000, window), { main: numberCoder })).main,
          "out",
        );
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
        const sums = P(input).apply(beam.withName("sum", beam.parDo<number, number>(new SumBundle())));
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
        const minutes = windowed(input, "minutes", beam.fixedWindows(60));
        const context = { window: beam.windowParam(), timestamp: beam.timestampParam(), pane: beam.paneInfoParam() };
        job.collect(P(minutes).apply(beam.withName("see", beam.parDo(SeeContext, context))), "out");
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
        const tagged = input.map(evenOrOdd) as PCollection<{ even: number; odd: number }>;
        const { even, odd } = P(tagged).apply(beam.split<{ even: number; odd: number }>(["even", "odd"]));
        job.collect(even, "even");
        job.collect(odd, "odd");
      });
      assert.deepEqual(inOrder(job.collected<number>("even")), [0, 2, 4, 6, 8]);
      assert.deepEqual(inOrder(job.collected<number>("odd")), [1, 3, 5, 7]);
    });

    rule("one element may become very many, over a shuffle", "parDo", async (job) => {
      await job.run((root) => {
        const input = job.records(root, "numbers", [{ value: 20_000, atMs: 0 }]);
        const many = P(input).apply(taggedParDo("count", new CountTo(), { main: numberCoder })).main;
        job.collect(P(many).apply(beam.withName("count all", beam.countGlobally())), "out");
      });
      assert.deepEqual(sortedValues(job.collected("out")), [20_000]);
    });

    rule("an element may be larger than a message of the runner's protocols", "parDo", async (job) => {
      const length = 5_000_000;
      await job.run((root) => {
        const input = job.records(root, "length", [{ value: { key: "k", value: length }, atMs: 0 }]);
        const large = P(input).apply(
          taggedParDo("inflate", new Inflate(), { main: anyCoder<KV<string, string>>() }),
        ).main;
        job.collect(grouped(large, "group"), "out");
      });
      const [element] = job.collected<KV<string, string[]>>("out");
      assert.equal(element?.value.value[0]?.length, length);
    });
  });
}
