import assert from "node:assert/strict";
import { fixedWindowsMs, sessionsMs, type Windowing } from "../../authoring/windowing";
import type { AnyWindowFn } from "../../sdk";
import type { KV } from "../../values";
import type { Step } from "../fns/scripted-source";
import { sorted } from "../support/collected";
import { grouped, groups, kv, windowed, windowedGroups } from "../support/grouping";
import type { Job } from "../support/job";
import { pane, panesOf } from "../support/panes";
import type { Rule } from "../support/rule";
import { at, seen, watermark } from "../support/steps";
import { type Behaviours, strategy } from "../support/windowing";

/**
 * An element is only late if the grouping has seen the watermark before it. So each script has a sentinel whose window
 * ends exactly at that watermark, and goes on when the sentinel's pane has arrived. Where the late element's key
 * belongs to another task than the sentinel's, both tasks get their input from the source's task, and the watermark
 * comes first.
 */
export function lateDataRules(rule: Rule): void {
  describe("Late data", () => {
    rule("an element behind the watermark is not late while its window is open", "defaultTrigger", async (job) => {
      await play(job, fixedWindowsMs(10_000), {}, (out) => [
        at(5_000, kv("sentinel", 0)),
        at(15_000, kv("k", 1)),
        watermark(19_999),
        seen(out, 1),
        at(10_000, kv("k", 2)),
      ]);
      assert.deepEqual(panesOf(job.collected("out"), "k"), [pane([1, 2], "ON_TIME", 0, 0, true)]);
    });

    rule("without allowed lateness, an element whose window has closed is dropped", "lateData", async (job) => {
      await play(job, fixedWindowsMs(10_000), {}, (out) => [
        at(1_000, kv("k", 1)),
        watermark(10_000),
        seen(out, 1),
        at(9_999, kv("k", 2)),
        at(9_999, kv("new key", 3)),
        at(10_000, kv("k", 4)),
      ]);
      assert.deepEqual(groups(job.collected("out")), [kv("k", [1]), kv("k", [4])]);
    });

    rule(
      "an element is kept while its window's last millisecond plus the lateness is not behind the watermark",
      "lateData",
      async (job) => {
        await play(job, sessionsMs(10_000), { allowedLatenessMs: 5_000 }, (out) => [
          at(104_999, kv("sentinel", 0)),
          watermark(114_999),
          seen(out, 1),
          at(100_000, kv("k", 1)),
        ]);
        assert.deepEqual(groups(job.collected("out")), [kv("k", [1]), kv("sentinel", [0])]);
      },
    );

    rule(
      "an element is dropped once its window's last millisecond plus the lateness is behind the watermark",
      "lateData",
      async (job) => {
        await play(job, sessionsMs(10_000), { allowedLatenessMs: 5_000 }, (out) => [
          at(105_000, kv("sentinel", 0)),
          watermark(115_000),
          seen(out, 1),
          at(100_000, kv("k", 1)),
        ]);
        assert.deepEqual(groups(job.collected("out")), [kv("sentinel", [0])]);
      },
    );

    rule(
      "whether an element is dropped depends on its own window, not on one that it could join",
      "lateData",
      async (job) => {
        await play(job, sessionsMs(10_000), {}, (out) => [
          at(109_000, kv("k", 1)),
          at(100_000, kv("sentinel", 0)),
          watermark(110_000),
          seen(out, 1),
          at(100_000, kv("k", 2)),
          at(100_001, kv("k", 3)),
        ]);
        assert.deepEqual(windowedGroups(job.collected("out")), [
          { key: "k", value: [1, 3], window: { startMs: 100_001, endMs: 119_000 } },
          { key: "sentinel", value: [0], window: { startMs: 100_000, endMs: 110_000 } },
        ]);
      },
    );

    rule("what comes late but within the lateness is a late pane of its own", "lateData", async (job) => {
      await play(job, fixedWindowsMs(10_000), { allowedLatenessMs: 60_000 }, lateTwice);
      assert.deepEqual(panesOf(job.collected("out"), "k"), [
        pane([1], "ON_TIME", 0, 0),
        pane([2], "LATE", 1, 1),
        pane([3], "LATE", 2, 2),
      ]);
    });

    rule("an accumulating late pane holds all that came before it", "lateData", async (job) => {
      await play(job, fixedWindowsMs(10_000), { allowedLatenessMs: 60_000, accumulation: "accumulating" }, lateTwice);
      assert.deepEqual(panesOf(job.collected("out"), "k"), [
        pane([1], "ON_TIME", 0, 0),
        pane([1, 2], "LATE", 1, 1),
        pane([1, 2, 3], "LATE", 2, 2),
      ]);
    });

    rule("a late session joins one that has closed but not expired", "lateData", async (job) => {
      const options: Windowing = { allowedLatenessMs: 60_000, accumulation: "accumulating" };
      await play(job, sessionsMs(10_000), options, (out) => [
        at(100_000, kv("k", 1)),
        watermark(110_000),
        seen(out, 1),
        at(105_000, kv("k", 2)),
      ]);
      const expected = [
        { key: "k", value: [1], window: { startMs: 100_000, endMs: 110_000 } },
        { key: "k", value: [1, 2], window: { startMs: 100_000, endMs: 115_000 } },
      ];
      assert.deepEqual(windowedGroups(job.collected("out")), sorted(expected));
    });

    rule(
      "a window that always says when it closes emits a last, empty pane when it expires",
      "closingBehavior",
      async (job) => {
        await play(job, fixedWindowsMs(10_000), { allowedLatenessMs: 5_000, closing: "EMIT_ALWAYS" }, (out) => [
          at(1_000, kv("k", 1)),
          watermark(10_000),
          seen(out, 1),
          watermark(15_000),
          seen(out, 2),
        ]);
        assert.deepEqual(panesOf(job.collected("out"), "k"), [
          pane([1], "ON_TIME", 0, 0),
          pane([], "LATE", 1, 1, true),
        ]);
      },
    );
  });
}

async function play(
  job: Job,
  windowFn: AnyWindowFn,
  options: Windowing & Behaviours,
  steps: (out: string) => readonly Step<KV<string, number>>[],
): Promise<void> {
  await job.run((root) => {
    const input = job.script(root, "script", steps(job.folder("out")));
    job.collect(grouped(windowed(input, "window", windowFn, strategy(options)), "group"), "out");
  });
}

function lateTwice(out: string): Step<KV<string, number>>[] {
  return [
    at(1_000, kv("k", 1)),
    watermark(10_000),
    seen(out, 1),
    at(2_000, kv("k", 2)),
    seen(out, 2),
    at(3_000, kv("k", 3)),
    seen(out, 3),
  ];
}
