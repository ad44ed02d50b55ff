import assert from "node:assert/strict";
import {
  afterAny,
  afterCount,
  afterProcessingTime,
  afterWatermark,
  fixedWindowsMs,
  repeatedly,
  sessionsMs,
  type TriggerProto,
  type Windowing,
} from "../../authoring/windowing";
import { globalWindows } from "../../sdk";
import type { Step } from "../fns/scripted-source";
import type { KV } from "../../values";
import { sorted } from "../support/collected";
import { group, grouped, groups, kv, windowed } from "../support/grouping";
import type { Job } from "../support/job";
import { pane, panesOf } from "../support/panes";
import type { Rule } from "../support/rule";
import { at, checkpoint, seen, watermark } from "../support/steps";
import { type Behaviours, strategy } from "../support/windowing";

const EARLY_PAIRS = afterWatermark({ early: repeatedly(afterCount(2)) });

export function triggerRules(rule: Rule): void {
  describe("Triggers and panes", () => {
    rule("the default trigger emits one pane: on time, first and last", "defaultTrigger", async (job) => {
      await play(job, {}, () => [at(1_000, kv("k", 1)), at(2_000, kv("k", 2)), watermark(60_000), checkpoint()]);
      assert.deepEqual(panesOf(job.collected("out"), "k"), [pane([1, 2], "ON_TIME", 0, 0, true)]);
    });

    rule(
      "the default trigger emits nothing before the watermark passes the window's end",
      "defaultTrigger",
      async (job) => {
        await play(job, {}, (out) => [
          at(1_000, kv("before", 1)),
          watermark(60_000),
          seen(out, 1),
          at(60_000, kv("k", 1)),
          watermark(119_999),
          checkpoint(100),
          at(119_999, kv("k", 2)),
        ]);
        assert.deepEqual(panesOf(job.collected("out"), "k"), [pane([1, 2], "ON_TIME", 0, 0, true)]);
      },
    );

    rule("discarding early panes by count hold what came since the pane before", "earlyCount", async (job) => {
      await play(job, { trigger: EARLY_PAIRS }, fivesInPairs);
      assert.deepEqual(panesOf(job.collected("out"), "k"), [
        pane([1, 2], "EARLY", 0, -1),
        pane([3, 4], "EARLY", 1, -1),
        pane([5], "ON_TIME", 2, 0, true),
      ]);
    });

    rule("accumulating panes hold all that came so far", "accumulating", async (job) => {
      await play(job, { trigger: EARLY_PAIRS, accumulation: "accumulating" }, fivesInPairs);
      assert.deepEqual(panesOf(job.collected("out"), "k"), [
        pane([1, 2], "EARLY", 0, -1),
        pane([1, 2, 3, 4], "EARLY", 1, -1),
        pane([1, 2, 3, 4, 5], "ON_TIME", 2, 0, true),
      ]);
    });

    rule("keys and windows count for their early panes by themselves", "earlyCount", async (job) => {
      await play(job, { trigger: EARLY_PAIRS }, (out) => [
        at(1_000, kv("a", 1)),
        at(2_000, kv("b", 2)),
        at(61_000, kv("a", 3)),
        checkpoint(50),
        at(3_000, kv("a", 4)),
        seen(out, 1),
      ]);
      const out = job.collected<KV<string, number[]>>("out");
      const early = out.filter((element) => element.pane.timing === "EARLY");
      assert.deepEqual(groups(early), [kv("a", [1, 4])]);
      assert.deepEqual(groups(out), [kv("a", [1, 4]), kv("a", [3]), kv("b", [2])]);
    });

    rule("an on-time pane without news is emitted only where it always fires", "earlyCount", async (job) => {
      const pair = (out: string): Step<KV<string, number>>[] => [
        at(1_000, kv("k", 1)),
        at(2_000, kv("k", 2)),
        seen(out, 1),
      ];
      await play(job, { trigger: EARLY_PAIRS, onTime: "FIRE_IF_NONEMPTY" }, pair, "if news");
      await play(job, { trigger: EARLY_PAIRS, onTime: "FIRE_ALWAYS" }, pair, "always");
      assert.deepEqual(panesOf(job.collected("if news"), "k"), [pane([1, 2], "EARLY", 0, -1)]);
      assert.deepEqual(panesOf(job.collected("always"), "k"), [
        pane([1, 2], "EARLY", 0, -1),
        pane([], "ON_TIME", 1, 0, true),
      ]);
    });

    rule(
      "an early pane by processing time comes without any help of the watermark",
      "earlyProcessingTime",
      async (job) => {
        const trigger = afterWatermark({ early: repeatedly(afterProcessingTime(50)) });
        await play(job, { trigger }, (out) => [
          at(1_000, kv("k", 1)),
          seen(out, 1),
          at(2_000, kv("k", 2)),
          seen(out, 2),
          at(3_000, kv("k", 3)),
          watermark(60_000),
        ]);
        const panes = panesOf(job.collected("out"), "k");
        assert.deepEqual(
          panes.slice(0, 2).map(({ values, timing }) => ({ values, timing })),
          [
            { values: [1], timing: "EARLY" },
            { values: [2], timing: "EARLY" },
          ],
        );
        assert.deepEqual(
          panes.flatMap(({ values }) => values),
          [1, 2, 3],
        );
      },
    );

    rule("of several triggers the first to be ready fires", "earlyFirst", async (job) => {
      const early = repeatedly(afterAny(afterCount(2), afterProcessingTime(3_600_000)));
      await play(job, { trigger: afterWatermark({ early }) }, fivesInPairs);
      assert.deepEqual(
        panesOf(job.collected("out"), "k").map(({ values }) => values),
        [[1, 2], [3, 4], [5]],
      );
    });

    rule("in the global window a repeated trigger emits while the stream goes on", "earlyCount", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const input = job.script(root, "script", [at(1, kv("k", 1)), seen(out, 1), at(2, kv("k", 2)), seen(out, 2)]);
        const everyOne = strategy({ trigger: repeatedly(afterCount(1)) });
        job.collect(grouped(windowed(input, "window", globalWindows(), everyOne), "group"), "out");
      });
      assert.deepEqual(panesOf(job.collected("out"), "k"), [pane([1], "EARLY", 0, -1), pane([2], "EARLY", 1, -1)]);
    });

    const first = repeatedly(afterAny(afterCount(2), afterProcessingTime(3_600_000)));
    const growing = [
      ["earlyCount", EARLY_PAIRS, ""],
      ["earlyFirst", afterWatermark({ early: first }), ", also of the first of several triggers"],
    ] as const;
    for (const [capability, trigger, which] of growing) {
      rule(`a session keeps growing after an early pane${which}`, capability, (job) =>
        growAfterEarlyPane(job, trigger),
      );
    }

    rule("sessions that become one count for their early panes together", "earlyCount", async (job) => {
      const trigger = afterWatermark({ early: repeatedly(afterCount(3)) });
      const bridged = (out: string): Step<KV<string, number>>[] => [
        at(1_000, kv("k", 1)),
        at(15_000, kv("k", 2)),
        at(40_000, kv("k", 3)),
        checkpoint(50),
        at(8_000, kv("k", 4)),
        seen(out, 1),
        at(20_000, kv("k", 5)),
      ];
      assert.deepEqual(await sessionPanes(job, trigger, bridged), [
        { values: [1, 2, 4], window: { startMs: 1_000, endMs: 25_000 }, timing: "EARLY" },
        { values: [3], window: { startMs: 40_000, endMs: 50_000 }, timing: "ON_TIME" },
        { values: [5], window: { startMs: 1_000, endMs: 30_000 }, timing: "ON_TIME" },
      ]);
    });

    rule("a session emits early by processing time, again and again", "earlyProcessingTime", async (job) => {
      const trigger = afterWatermark({ early: repeatedly(afterProcessingTime(50)) });
      const panes = await sessionPanes(job, trigger, (out) => [
        at(1_000, kv("k", 1)),
        at(1_000, kv("k", 2)),
        seen(out, 1),
        at(1_500, kv("k", 3)),
        seen(out, 2),
        watermark(60_000),
        at(70_000, kv("k", 4)),
      ]);
      const early = panes.filter(({ timing }) => timing === "EARLY");
      assert.ok(early.length >= 2, JSON.stringify(panes));
      assert.deepEqual(panes.flatMap(({ values }) => values).sort(), [1, 2, 3, 4]);
      const windows = new Set(panes.map(({ window: { startMs, endMs } }) => `${startMs}-${endMs}`));
      assert.deepEqual([...windows], ["1000-11000", "1000-11500", "70000-80000"]);
    });
  });
}

/** Returns the panes of sessions with a gap of ten seconds, by their values. */
async function sessionPanes(
  job: Job,
  trigger: TriggerProto,
  steps: (out: string) => readonly Step<KV<string, number>>[],
) {
  await job.run((root) => {
    const input = job.script(root, "script", steps(job.folder("out")));
    job.collect(grouped(windowed(input, "window", sessionsMs(10_000), strategy({ trigger })), "group"), "out");
  });
  const panes = job.collected<KV<string, number[]>>("out").map((element) => ({
    values: sorted(group(element).value),
    window: element.window,
    timing: element.pane.timing,
  }));
  return panes.sort((one, other) => Number(one.values[0] ?? 0) - Number(other.values[0] ?? 0));
}

async function growAfterEarlyPane(job: Job, trigger: TriggerProto): Promise<void> {
  const panes = await sessionPanes(job, trigger, (out) => [
    at(1_000, kv("k", 1)),
    at(2_000, kv("k", 2)),
    seen(out, 1),
    at(9_000, kv("k", 3)),
  ]);
  assert.deepEqual(panes, [
    { values: [1, 2], window: { startMs: 1_000, endMs: 12_000 }, timing: "EARLY" },
    { values: [3], window: { startMs: 1_000, endMs: 19_000 }, timing: "ON_TIME" },
  ]);
}

/** Plays a script over windows of a minute, and collects groups by key in the folder `name`. */
async function play(
  job: Job,
  options: Windowing & Behaviours,
  steps: (out: string) => readonly Step<KV<string, number>>[],
  name = "out",
): Promise<void> {
  await job.run((root) => {
    const input = job.script(root, "script", steps(job.folder(name)));
    job.collect(grouped(windowed(input, "window", fixedWindowsMs(60_000), strategy(options)), "group"), name);
  });
}

function fivesInPairs(out: string): Step<KV<string, number>>[] {
  return [
    at(1_000, kv("k", 1)),
    at(2_000, kv("k", 2)),
    seen(out, 1),
    at(3_000, kv("k", 3)),
    at(4_000, kv("k", 4)),
    seen(out, 2),
    at(5_000, kv("k", 5)),
    watermark(60_000),
  ];
}
