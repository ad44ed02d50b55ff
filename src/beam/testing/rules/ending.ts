import assert from "node:assert/strict";
import { fixedWindowsMs, sessionsMs } from "../../authoring/windowing";
import { withName } from "../../sdk";
import type { KV } from "../../values";
import { recordCalls } from "../fns/async";
import { countingSource } from "../fns/counting-source";
import { sorted } from "../support/collected";
import { grouped, kv, windowed, windowedGroups } from "../support/grouping";
import { fromZeroTo } from "../support/numbers";
import type { Rule } from "../support/rule";
import { at, checkpoint, forever } from "../support/steps";

export function endingRules(rule: Rule): void {
  describe("Drain and cancel", () => {
    rule("a drain closes the windows of all that was read, and ends the run", "drain", async (job) => {
      const run = await job.start((root) => {
        const input = job.script(root, "script", [at(1_000, kv("a", 1)), at(2_000, kv("b", 2)), forever()]);
        job.collect(input, "read");
        job.collect(grouped(windowed(input, "sessions", sessionsMs(10_000)), "group"), "out");
      });
      await job.until("both elements are read", () => job.collected("read").length === 2);
      assert.deepEqual(job.collected("out"), []);
      await run.drain();
      await run.finished;
      assert.deepEqual(windowedGroups(job.collected("out")), [
        { key: "a", value: [1], window: { startMs: 1_000, endMs: 11_000 } },
        { key: "b", value: [2], window: { startMs: 2_000, endMs: 12_000 } },
      ]);
    });

    rule("a drain in the midst of reading neither loses nor doubles what was read", "drain", async (job) => {
      const run = await job.start((root) => {
        const counts = job.records(
          root,
          "counts",
          ["a", "b"].map((name) => ({ value: { name, count: 1_000_000 }, atMs: 0 })),
        );
        const pace = { bounded: false, parts: 1, checkpointEvery: 5, delayMs: 2, seed: 9 };
        const read = counts.apply(countingSource(pace)).main;
        job.collect(read, "read");
        const pairs = read.map(
          withName("pair", (text: string) => ({ key: text.slice(0, 1), value: Number(text.slice(2)) })),
        );
        job.collect(grouped(windowed(pairs, "hours", fixedWindowsMs(3_600_000)), "group"), "out");
      });
      await job.until("some elements are read", () => job.collected("read").length > 100);
      await run.drain();
      await run.finished;
      const read = job.collected<string>("read").map(({ value }) => value);
      for (const { value } of job.collected<KV<string, number[]>>("out")) {
        const own = read.filter((text) => text.startsWith(value.key)).length;
        assert.deepEqual(
          [...value.value].sort((a, b) => a - b),
          fromZeroTo(own),
          `positions of ${value.key}`,
        );
      }
      assert.deepEqual(sorted(job.collected<KV<string, number[]>>("out").map(({ value }) => value.key)), ["a", "b"]);
    });

    rule("a drain waits for the calls under way", "drain", async (job) => {
      const run = await job.start((root) => {
        const input = job.script(root, "script", [at(1_000, "one"), forever()]);
        job.collect(input, "read");
        const calls = recordCalls<string>({ maxConcurrentCalls: 1, callMs: 300, directory: job.folder("calls") });
        job.collect(input.apply(calls).main, "out");
      });
      await job.until("the element is read", () => job.collected("read").length === 1);
      await run.drain();
      assert.deepEqual(
        job.collected("out").map(({ value }) => value),
        ["one"],
      );
    });

    rule("a drain does not wait for a source that sleeps", "drain", async (job) => {
      const run = await job.start((root) => {
        const input = job.script(root, "script", [at(1_000, kv("a", 1)), checkpoint(3_600_000), at(2_000, kv("b", 2))]);
        job.collect(input, "read");
        job.collect(grouped(windowed(input, "sessions", sessionsMs(10_000)), "group"), "out");
      });
      await job.until("the first element is read", () => job.collected("read").length === 1);
      await run.drain();
      assert.deepEqual(windowedGroups(job.collected("out")), [
        { key: "a", value: [1], window: { startMs: 1_000, endMs: 11_000 } },
      ]);
    });

    rule("a drain after the end changes nothing", "drain", async (job) => {
      const run = await job.run((root) => {
        job.collect(job.records(root, "one", [{ value: 1, atMs: 0 }]), "out");
      });
      await run.drain();
      await run.cancel();
      assert.equal(job.collected("out").length, 1);
    });

    rule("a cancelled run ends, though its source would go on for ever", "cancel", async (job) => {
      const run = await job.start((root) => {
        job.collect(job.script(root, "script", [at(1_000, "one"), forever()]), "read");
      });
      await job.until("the element is read", () => job.collected("read").length === 1);
      await run.cancel();
      await run.finished;
    });

    rule("a cancelled run does not close windows", "cancel", async (job) => {
      const run = await job.start((root) => {
        const input = job.script(root, "script", [at(1_000, kv("a", 1)), forever()]);
        job.collect(input, "read");
        job.collect(grouped(windowed(input, "sessions", sessionsMs(10_000)), "group"), "out");
      });
      await job.until("the element is read", () => job.collected("read").length === 1);
      await run.cancel();
      await run.finished;
      assert.deepEqual(job.collected("out"), []);
    });
  });
}
