import assert from "node:assert/strict";
import { fixedWindowsMs, type Windowing } from "../../authoring/windowing";
import { create } from "../../authoring/create";
import { assignTimestamps, withName } from "../../sdk";
import { sort } from "../fns/basic";
import { double, toInstant } from "../fns/sdk";
import { sorted } from "../support/collected";
import { grouped, kv, windowed } from "../support/grouping";
import type { Job } from "../support/job";
import type { Rule } from "../support/rule";
import { strategy } from "../support/windowing";

const TIMES_MS = [0, 1, 999, 1_000, 1_763_800_000_123, 4_102_444_800_001];

export function timestampRules(rule: Rule): void {
  describe("Timestamps", () => {
    rule("every element has the time that it was emitted at, to the millisecond", "timestamps", async (job) => {
      await job.run((root) => {
        job.collect(
          job.records(
            root,
            "elements",
            TIMES_MS.map((atMs) => ({ value: atMs, atMs })),
          ),
          "out",
        );
      });
      assert.deepEqual(sorted(timesAndValues(job, "out")), sorted(TIMES_MS.map((atMs) => [atMs, atMs])));
    });

    rule("times survive DoFns of every kind", "timestamps", async (job) => {
      await job.run((root) => {
        const input = job.records(
          root,
          "elements",
          TIMES_MS.map((atMs, value) => ({ value, atMs })),
        );
        const mapped = input.map(double);
        job.collect(mapped.apply(sort()).all, "out");
      });
      assert.deepEqual(sorted(timesAndValues(job, "out")), sorted(TIMES_MS.map((atMs, value) => [atMs, 2 * value])));
    });

    rule("the SDK's assignTimestamps sets an element's time", "timestamps", async (job) => {
      await job.run((root) => {
        const input = root.apply(create([5_000, 61_000]));
        const timed = input.apply(withName("assign", assignTimestamps(toInstant)));
        job.collect(windowed(timed, "minutes", fixedWindowsMs(60_000)), "out");
      });
      const out = job
        .collected<number>("out")
        .map(({ value, timestampMs, window }) => ({ value, timestampMs, from: window.startMs }));
      assert.deepEqual(
        sorted(out),
        sorted([
          { value: 5_000, timestampMs: 5_000, from: 0 },
          { value: 61_000, timestampMs: 61_000, from: 60_000 },
        ]),
      );
    });

    rule("a group has the last time of its window", "timestamps", async (job) => {
      assert.deepEqual(await timesOfGroup(job, {}), [59_999]);
    });

    rule("a group may have the earliest time of its elements", "outputTime", async (job) => {
      assert.deepEqual(await timesOfGroup(job, { timestampCombiner: "earliest" }), [3_000]);
    });

    rule("a group may have the latest time of its elements", "outputTime", async (job) => {
      assert.deepEqual(await timesOfGroup(job, { timestampCombiner: "latest" }), [42_000]);
    });
  });
}

function timesAndValues(job: Job, name: string): [number, unknown][] {
  return job.collected(name).map(({ timestampMs, value }) => [timestampMs, value]);
}

async function timesOfGroup(job: Job, options: Windowing): Promise<number[]> {
  await job.run((root) => {
    const input = job.records(
      root,
      "elements",
      [17_000, 3_000, 42_000].map((atMs) => ({ value: kv("k", atMs), atMs })),
    );
    job.collect(grouped(windowed(input, "minutes", fixedWindowsMs(60_000), strategy(options)), "group"), "out");
  });
  return job.collected("out").map(({ timestampMs }) => timestampMs);
}
