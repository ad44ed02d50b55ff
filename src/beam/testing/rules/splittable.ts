import assert from "node:assert/strict";
import fc from "fast-check";
import { fixedWindowsMs } from "../../authoring/windowing";
import { countGlobally, type PCollection, type Root, withName } from "../../sdk";
import { type Count, countingSource, forgetfulSource, logVisits, type Pace, type Visit } from "../fns/counting-source";
import { sorted, sortedValues } from "../support/collected";
import { grouped, groups, kv, windowed, windowedGroups } from "../support/grouping";
import type { Job } from "../support/job";
import { fromZeroTo } from "../support/numbers";
import { property } from "../support/property";
import type { Rule, RuleOptions } from "../support/rule";
import { at, checkpoint, seen, untilAsked, watermark } from "../support/steps";

const PLAIN: Pace = { parts: 1, checkpointEvery: 0, delayMs: 0, seed: 0 };
const COUNTS: readonly Count[] = [
  { name: "a", count: 40 },
  { name: "b", count: 1 },
  { name: "c", count: 0 },
  { name: "d", count: 25 },
];

export function splittableRules(rule: Rule, options: RuleOptions): void {
  describe("Splittable DoFns that end", () => {
    rule(
      "each position of each element is emitted once, with its own time; an empty restriction is none",
      "splittableBounded",
      async (job) => {
        await assertCounted(job, PLAIN, true);
        assert.ok(
          job.collected<string>("out").every(({ value, timestampMs }) => timestampMs === Number(value.split(":")[1])),
        );
      },
    );

    rule("a restriction may be split at the start", "splittableBounded", async (job) => {
      await assertCounted(job, { ...PLAIN, parts: 3 }, true);
    });

    rule(
      "parts of one element that checkpoint themselves do not disturb each other",
      "splittableBounded",
      async (job) => {
        await assertCounted(job, { parts: 3, checkpointEvery: 3, delayMs: 1, seed: 1 }, true);
      },
    );

    rule("parts of one element come back each in its own time, and none is lost", "splittableBounded", async (job) => {
      const pace = { parts: 4, checkpointEvery: 2, delayMs: 1, spreadMs: 80, seed: 5 };
      await assertScripted(job, { name: "a", count: 40 }, [0], pace);
    });

    rule("equal elements are as many, in whatever order their parts come back", "splittableBounded", async (job) => {
      const pace = { parts: 2, checkpointEvery: 1, delayMs: 20, spreadMs: 60, seed: 6 };
      await assertScripted(job, { name: "a", count: 8 }, [0, 30, 45], pace);
    });

    rule("a checkpoint in front of any position loses and doubles nothing", "splittableBounded", async (job) => {
      const pace = fc.record({
        parts: fc.integer({ min: 1, max: 4 }),
        checkpointEvery: fc.integer({ min: 1, max: 6 }),
        seed: fc.nat(1_000),
      });
      await property(options, pace, async (random, name) => {
        await assertCounted(job, { ...random, delayMs: 0 }, true, name);
      });
    });

    rule(
      "a restriction too long for one bundle is checkpointed by the runner, and goes on",
      "splittableBounded",
      async (job) => {
        const counts = [{ name: "long", count: 30_000 }];
        await job.run((root) => {
          const positions = counted(job, root, counts, PLAIN, true);
          job.collect(positions.apply(withName("count", countGlobally())), "out");
        });
        assert.deepEqual(sortedValues(job.collected("out")), [30_000]);
      },
    );

    rule("to stop with work left is an error that names the stage", "splittableBounded", async (job) => {
      const error = await job.runFailing((root) => {
        const input = job.records(root, "elements", [{ value: { name: "a", count: 3 }, atMs: 0 }]);
        job.collect(input.apply(withName("forgetful source", forgetfulSource(PLAIN))).main, "out");
      });
      assert.match(error.message, /forgetful source/);
    });
  });

  describe("Splittable DoFns that do not end by themselves", () => {
    rule("many checkpoints of many elements at once lose and double nothing", "splittableUnbounded", async (job) => {
      await assertCounted(job, { parts: 1, checkpointEvery: 1, delayMs: 0, seed: 3 }, false);
    });

    rule(
      "a residual is called again no sooner than it asked, with its watermark as it left it",
      "residualDelay",
      async (job) => {
        const delayMs = 60;
        await job.run((root) => {
          const input = job.records(root, "elements", [{ value: { name: "a", count: 4 }, atMs: 0 }]);
          job.collect(input.apply(logVisits({ delayMs })).main, "out");
        });
        const visits = job
          .collected<Visit>("out")
          .map(({ value }) => value)
          .sort((a, b) => a.atMs - b.atMs);
        assert.deepEqual(
          visits.map(({ watermarkMs }) => watermarkMs),
          [500, 1_000, 2_000, 3_000],
        );
        for (const [index, visit] of visits.slice(1).entries()) {
          // Two clocks may be rounded in opposite directions.
          assert.ok(visit.atMs - (visits[index]?.atMs ?? 0) >= delayMs - 2, `visit ${index + 1} came too soon`);
        }
      },
    );

    rule(
      "a source that only waits is asked for a checkpoint, and goes on after it",
      "splittableUnbounded",
      async (job) => {
        await job.run((root) => {
          const steps = [at(1_000, kv("k", 1)), untilAsked(), at(2_000, kv("k", 2)), untilAsked(), untilAsked()];
          const input = windowed(job.script(root, "script", steps), "hours", fixedWindowsMs(3_600_000));
          job.collect(grouped(input, "group"), "out");
        });
        assert.deepEqual(groups(job.collected("out")), [kv("k", [1, 2])]);
      },
    );

    rule(
      "scripts of several elements play side by side, each in its own order of time",
      "splittableUnbounded",
      async (job) => {
        const names = fromZeroTo(8).map((n) => `script ${n}`);
        await job.run((root) => {
          const scripts = names.map((name, index) => ({
            name,
            steps: fromZeroTo(12).flatMap((n) => [at(n * 1_000, kv(name, n)), watermark(n * 1_000), checkpoint(index)]),
          }));
          const input = windowed(job.scripts(root, "source", scripts), "window", fixedWindowsMs(6_000));
          job.collect(grouped(input, "group"), "out");
        });
        const expected = names.flatMap((key) => [
          { key, value: sorted(fromZeroTo(6)), window: { startMs: 0, endMs: 6_000 } },
          { key, value: sorted(fromZeroTo(6).map((n) => n + 6)), window: { startMs: 6_000, endMs: 12_000 } },
        ]);
        assert.deepEqual(windowedGroups(job.collected("out")), sorted(expected));
      },
    );
  });
}

/** Sends the same element after each of the pauses. The input stays open until all outputs have arrived. */
async function assertScripted(job: Job, element: Count, pausesMs: readonly number[], pace: Pace): Promise<void> {
  const positions = fromZeroTo(element.count).map((position) => `${element.name}:${position}`);
  const expected = pausesMs.flatMap(() => positions);
  await job.run((root) => {
    const elements = pausesMs.flatMap((pauseMs, index) => [checkpoint(pauseMs), at(index, element)]);
    const input = job.script(root, "script", [...elements, seen(job.folder("out"), expected.length)]);
    job.collect(input.apply(countingSource(pace)).main, "out");
  });
  assert.deepEqual(sortedValues(job.collected("out")), sorted(expected));
}

function counted(job: Job, root: Root, counts: readonly Count[], pace: Pace, bounded: boolean): PCollection<string> {
  const input = job.records(
    root,
    "counts",
    counts.map((value) => ({ value, atMs: 0 })),
  );
  return input.apply(countingSource({ ...pace, bounded })).main;
}

async function assertCounted(job: Job, pace: Pace, bounded: boolean, name = "out"): Promise<void> {
  await job.run((root) => {
    job.collect(counted(job, root, COUNTS, pace, bounded), name);
  });
  const expected = COUNTS.flatMap((one) => fromZeroTo(one.count).map((position) => `${one.name}:${position}`));
  assert.deepEqual(sortedValues(job.collected(name)), sorted(expected));
}
