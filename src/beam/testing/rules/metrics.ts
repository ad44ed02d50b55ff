import assert from "node:assert/strict";
import { counter, distribution, flatten, parDo, type PCollection, withName } from "../../sdk";
import type { MetricResult, PipelineRun } from "../../runner";
import { CountWithSdk } from "../fns/sdk-metrics";
import { measured, measuredCalls } from "../fns/measured";
import { fromZeroTo } from "../support/numbers";
import type { Job } from "../support/job";
import type { Rule } from "../support/rule";

const COUNT = 50;

export function metricRules(rule: Rule): void {
  describe("Metrics", () => {
    rule("a counter is the sum over all bundles", "metrics", async (job) => {
      const run = await measure(job);
      assert.equal(await metric(run, "first", "seen", "counter"), COUNT);
      assert.equal(await metric(run, "first", "twice", "counter"), 2 * COUNT);
    });

    rule("a distribution has count, sum, minimum and maximum over all bundles", "metrics", async (job) => {
      const run = await measure(job);
      assert.deepEqual(await metric(run, "first", "sizes", "distribution"), {
        count: COUNT,
        sum: 1_225,
        min: 0,
        max: 49,
      });
    });

    rule("a gauge has its latest value", "gauges", async (job) => {
      const run = await measure(job);
      assert.equal(await metric(run, "first", "last", "gauge"), 7);
    });

    rule("metrics of one name belong to the transform that keeps them", "metrics", async (job) => {
      const run = await measure(job);
      assert.equal(await metric(run, "inner/second", "seen", "counter"), 2 * COUNT);
      assert.equal(await metric(run, "first", "seen", "counter"), COUNT);
    });

    rule("what calls count after waiting is counted", "metrics", async (job) => {
      const run = await job.run((root) => {
        numbers(job, root).apply(withName("calls", measuredCalls()));
      });
      assert.equal(await metric(run, "calls", "calls", "counter"), COUNT);
    });

    rule("the SDK's own counter and distribution count, too", "metrics", async (job) => {
      const run = await job.run((root) => {
        const context = { seen: counter("seen"), sizes: distribution("sizes") };
        const fn = withName("count", parDo(CountWithSdk, context));
        job.collect(numbers(job, root).apply(fn), "out");
      });
      assert.equal(await metric(run, "count", "seen", "counter"), COUNT);
      assert.deepEqual(await metric(run, "count", "sizes", "distribution"), {
        count: COUNT,
        sum: 1_225,
        min: 0,
        max: 49,
      });
    });
  });
}

function numbers(job: Job, root: Parameters<Job["records"]>[0]): PCollection<number> {
  return job.records(
    root,
    "numbers",
    fromZeroTo(COUNT).map((value) => ({ value, atMs: 0 })),
  );
}

async function measure(job: Job): Promise<PipelineRun> {
  return await job.run((root) => {
    const input = numbers(job, root);
    const first = input.apply(withName("first", measured())).main;
    const both = flatten([input, first]);
    both.apply(
      withName("inner", (collection: PCollection<number>) => collection.apply(withName("second", measured()))),
    );
  });
}

async function metric(run: PipelineRun, transform: string, name: string, kind: MetricResult["kind"]): Promise<unknown> {
  const found = (await run.metrics()).filter(
    (one) => one.transform === transform && one.name === name && one.kind === kind,
  );
  assert.equal(found.length, 1, `${found.length} metrics ${transform} ${name}`);
  return found[0]?.value;
}
