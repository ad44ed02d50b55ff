import assert from "node:assert/strict";
import * as beam from "apache-beam";
import { asyncParDo, taggedParDo } from "../../authoring/transforms";
import type { MetricResult, PipelineRun } from "../../runner";
import { P, type PCollection } from "../../sdk";
import { CountWithSdk } from "../fns/sdk-metrics";
import { Measured, MeasuredCalls } from "../fns/measured";
import { numberCoder } from "../support/coders";
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
        P(numbers(job, root)).apply(asyncParDo("calls", new MeasuredCalls(), { main: numberCoder }));
      });
      assert.equal(await metric(run, "calls", "calls", "counter"), COUNT);
    });

    rule("the SDK's own counter and distribution count, too", "metrics", async (job) => {
      const run = await job.run((root) => {
        const context = { seen: beam.counter("seen"), sizes: beam.distribution("sizes") };
        const fn = beam.withName("count", beam.parDo(CountWithSdk, context));
        job.collect(P(numbers(job, root)).apply(fn), "out");
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
    const first = P(input).apply(taggedParDo("first", new Measured(), { main: numberCoder })).main;
    const both = P([input, first]).apply(beam.flatten<number>());
    P(both).apply(
      beam.withName("inner", (collection: PCollection<number>) =>
        P(collection).apply(taggedParDo("second", new Measured(), { main: numberCoder })),
      ),
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
