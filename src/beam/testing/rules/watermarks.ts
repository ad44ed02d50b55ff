import assert from "node:assert/strict";
import { fixedWindowsMs, sessionsMs } from "../../authoring/windowing";
import { flatten, type PCollection, withName } from "../../sdk";
import type { KV } from "../../values";
import { recordCalls } from "../fns/async";
import type { Step } from "../fns/scripted-source";
import { grouped, kv, windowed, windowedGroups } from "../support/grouping";
import { panesOf, pane } from "../support/panes";
import type { Rule } from "../support/rule";
import { at, checkpoint, seen, watermark } from "../support/steps";
import { strategy } from "../support/windowing";

type Numbers = PCollection<KV<string, number>>;

export function watermarkRules(rule: Rule): void {
  describe("Watermarks", () => {
    /**
     * The slower source's sentinel shows that its watermark has arrived. If the faster source alone decided, `k` would
     * be closed by then.
     */
    const slow = (out: string, fastIsAhead: Step): Step<KV<string, number>>[] => [
      fastIsAhead as Step<never>,
      at(99_999, kv("sentinel", 0)),
      watermark(109_999),
      seen(out, 1),
      at(109_999, kv("k", 2)),
    ];
    const fast = [at(100_000, kv("k", 1)), watermark(500_000), checkpoint()];
    const whole = [
      { key: "k", value: [1, 2], window: { startMs: 100_000, endMs: 119_999 } },
      { key: "sentinel", value: [0], window: { startMs: 99_999, endMs: 109_999 } },
    ];

    rule("the slowest of two sources holds the watermark", "watermarks", async (job) => {
      await job.run((root) => {
        const ahead = job.script(root, "fast", [...fast, seen(job.folder("out"), 2)]);
        job.collect(sessions(ahead, "fast"), "ahead");
        const behind = job.script(root, "slow", slow(job.folder("out"), seen(job.folder("ahead"), 1)));
        const both = flatten([ahead, behind], "both");
        job.collect(sessions(both, "both"), "out");
      });
      assert.deepEqual(windowedGroups(job.collected("out")), whole);
    });

    rule("the slowest restriction of one source holds the watermark", "watermarks", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const scripts = [
          { name: "fast", steps: [...fast, seen(out, 2)] },
          { name: "slow", steps: slow(out, checkpoint(200)) },
        ];
        job.collect(sessions(job.scripts(root, "source", scripts), "both"), "out");
      });
      assert.deepEqual(windowedGroups(job.collected("out")), whole);
    });

    rule("a source that has ended holds nothing back", "watermarks", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const ended = job.script(root, "ended", [at(1_000, kv("k", 1))]);
        const goesOn = job.script(root, "goes on", [at(2_000, kv("k", 2)), watermark(20_000), seen(out, 1)]);
        const both = flatten([ended, goesOn], "both");
        job.collect(sessions(both, "both"), "out");
      });
      assert.deepEqual(windowedGroups(job.collected("out")), [
        { key: "k", value: [1, 2], window: { startMs: 1_000, endMs: 12_000 } },
      ]);
    });

    rule("the watermark moves only as the source reports it, not with its elements", "watermarks", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const steps = [
          at(100_000, kv("k", 1)),
          at(900_000, kv("far ahead", 2)),
          at(50_000, kv("sentinel", 0)),
          watermark(60_000),
          seen(out, 1),
          at(109_999, kv("k", 3)),
        ];
        job.collect(sessions(job.script(root, "script", steps), "one"), "out");
      });
      const [k] = panesOf(job.collected("out"), "k");
      assert.deepEqual(k, pane([1, 3], "ON_TIME", 0, 0, true));
    });

    rule("an element in an unfinished call holds the watermark", "watermarks", async (job) => {
      await job.run((root) => {
        const input = job.script(root, "script", [at(1_000, kv("k", 1)), watermark(50_000), checkpoint(20)]);
        const calls = { maxConcurrentCalls: 4, callMs: 300, directory: job.folder("calls") };
        const called = input.apply(recordCalls<KV<string, number>>(calls)).main;
        job.collect(sessions(called, "one"), "out");
      });
      assert.deepEqual(panesOf(job.collected("out"), "k"), [pane([1], "ON_TIME", 0, 0, true)]);
    });

    rule("what a grouping emits on time is on time for the next one", "watermarks", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const steps = [
          at(1_000, kv("k", 1)),
          at(11_000, kv("k", 2)),
          watermark(10_000),
          checkpoint(),
          watermark(20_000),
          seen(out, 2),
        ];
        const first = grouped(
          windowed(job.script(root, "script", steps), "ten seconds", fixedWindowsMs(10_000)),
          "first",
        );
        const totals = first.map(
          withName("total", (element: KV<string, Iterable<number>>) => ({
            key: element.key,
            value: [...element.value].reduce((sum, value) => sum + value, 0),
          })),
        );
        job.collect(grouped(totals, "second"), "out");
      });
      assert.deepEqual(windowedGroups(job.collected("out")), [
        { key: "k", value: [1], window: { startMs: 0, endMs: 10_000 } },
        { key: "k", value: [2], window: { startMs: 10_000, endMs: 20_000 } },
      ]);
    });

    rule("a grouping holds the watermark for the earliest time that it will emit", "outputTime", async (job) => {
      await job.run((root) => {
        const steps = [
          at(100_000, kv("k", 1)),
          watermark(105_000),
          at(109_000, kv("k", 2)),
          watermark(118_000),
          checkpoint(50),
        ];
        const input = job.script(root, "script", steps);
        const earliest = strategy({ timestampCombiner: "earliest" });
        const first = grouped(windowed(input, "sessions", sessionsMs(10_000), earliest), "first");
        const counts = first.map(
          withName("count", (element: KV<string, Iterable<number>>) => ({
            key: "all",
            value: [...element.value].length,
          })),
        );
        job.collect(grouped(windowed(counts, "seconds", fixedWindowsMs(1_000)), "second"), "out");
      });
      assert.deepEqual(windowedGroups(job.collected("out")), [
        { key: "all", value: [2], window: { startMs: 100_000, endMs: 101_000 } },
      ]);
    });
  });
}

function sessions(input: Numbers, name: string): PCollection<KV<string, Iterable<number>>> {
  return grouped(windowed(input, `sessions of ${name}`, sessionsMs(10_000)), `group ${name}`);
}
