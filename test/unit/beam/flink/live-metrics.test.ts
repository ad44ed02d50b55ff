import assert from "node:assert/strict";
import { deferred } from "../../../../src/beam/deferred";
import type { MetricResult, PipelineRun } from "../../../../src/beam/runner";
import { runnerApi } from "../../../../src/beam/sdk";
import { withLiveMetrics } from "../../../../src/beam/flink/live-metrics";
import { until } from "../../../support/until";
import { FakeFlink } from "../../../support/flink/fake-flink";

/** Flink's name of a counter at the operator of a splittable DoFn. */
const METRIC = "transform_1/ProcessSizedElementsAndRestrictions0.beam-ts_read";
const PIPELINE = runnerApi.Pipeline.create({ components: { transforms: { transform_1: { uniqueName: "read" } } } });
const TASK = "GET /jobs/a/vertices/v/subtasks/metrics";
const ACCOUNT: MetricResult = { transform: "read", name: "read", kind: "counter", value: 9 };

describe("metrics of a job on Flink", () => {
  let flink: FakeFlink;

  beforeEach(async () => {
    flink = await FakeFlink.start();
    flink.answer("GET /jobs/overview", { jobs: [{ jid: "a", name: "own", state: "RUNNING", "start-time": 1 }] });
    flink.answer("GET /jobs/a", { vertices: [{ id: "v" }] });
    flink.answer(TASK, [{ id: METRIC }]);
    flink.answer(`${TASK}?get=${encodeURIComponent(METRIC)}`, [{ id: METRIC, sum: 5, max: 5 }]);
  });
  afterEach(() => flink.stop());

  /** A run whose own metrics are these, in turn; the last one stays. */
  const stage = (...own: readonly (MetricResult[] | Error)[]) => {
    const { promise: finished, resolve: end } = deferred();
    let asked = 0;
    const run: PipelineRun = {
      finished,
      async metrics() {
        const answer = own[Math.min(asked++, own.length - 1)] ?? [];
        if (answer instanceof Error) throw answer;
        return answer;
      },
      drain: async () => end(),
      cancel: async () => end(),
    };
    return {
      live: withLiveMetrics(run, { webUrl: flink.url, pipeline: PIPELINE }),
      end: () => end(),
      asked: () => asked,
    };
  };
  const read = (metrics: readonly MetricResult[]): unknown => metrics.find(({ kind }) => kind === "counter")?.value;

  it("are Flink's while it runs, and the run's own at its end", async () => {
    const { live, end } = stage([ACCOUNT]);
    const [first] = await live.metrics();
    assert.deepEqual(first, { transform: "read", name: "read", kind: "counter", value: 5 });
    end();
    await live.finished;
    assert.equal(read(await live.metrics()), 9);
  });

  it("are summed over the tasks that a transform runs in, as behind a flatten", async () => {
    flink.answer("GET /jobs/a", { vertices: [{ id: "v" }, { id: "w" }] });
    flink.answer(TASK.replace("/v/", "/w/"), [{ id: METRIC }]);
    flink.answer(`${TASK.replace("/v/", "/w/")}?get=${encodeURIComponent(METRIC)}`, [{ id: METRIC, sum: 2, max: 2 }]);
    const metrics = await stage([ACCOUNT]).live.metrics();
    assert.deepEqual(
      metrics.map(({ kind, value }) => [kind, value]),
      [
        ["counter", 7],
        ["gauge", 5],
      ],
    );
  });

  it("of a task that has ended are those that it left, where Flink knows older ones", async () => {
    // Beam's name of the transform, where Flink knows that of an operator.
    const labels = { PTRANSFORM: "other", NAMESPACE: "beam-ts", NAME: "read" };
    const left = (count: number): object => {
      const attempted = [
        { urn: "beam:metric:user:sum_int64:v1", labels, payload: Buffer.of(count).toString("base64") },
      ];
      const value = JSON.stringify({ metrics: { attempted } });
      return { "user-task-accumulators": [{ name: "__metricscontainers", type: "MetricsAccumulator", value }] };
    };
    flink.answer("GET /jobs/a/accumulators", left(8));
    const counted = (await stage([ACCOUNT]).live.metrics()).filter(({ kind }) => kind === "counter");
    assert.deepEqual(
      counted.map(({ value }) => value),
      [8],
    );
    // Another task of the transform still runs.
    flink.answer("GET /jobs/a/accumulators", left(3));
    assert.equal(read(await stage([ACCOUNT]).live.metrics()), 5);
  });

  it("of ended tasks stay while Flink does not tell them, and those who ask at once share a look", async () => {
    const job = "GET /jobs/a/accumulators";
    const attempted = [
      {
        urn: "beam:metric:user:sum_int64:v1",
        type: "beam:metrics:sum_int64:v1",
        labels: { PTRANSFORM: "transform_1", NAMESPACE: "beam-ts", NAME: "read" },
        payload: Buffer.from([8]).toString("base64"),
      },
    ];
    const value = JSON.stringify({ metrics: { attempted } });
    flink.answer(job, {
      "user-task-accumulators": [{ name: "__metricscontainers", type: "MetricsAccumulator", value }],
    });
    const { live } = stage([ACCOUNT]);
    const both = await Promise.all([live.metrics(), live.metrics()]);
    assert.deepEqual(both.map(read), [8, 8]);
    assert.equal(flink.asked.filter((address) => address === job).length, 1);
    flink.answer(job, "out of order");
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.equal(read(await live.metrics()), 8);
    assert.equal(flink.asked.filter((address) => address === job).length, 2);
  });

  it("are asked for from the sinks on, so that none is newer than those before it", async () => {
    const vertices = ["v", "w", "x"];
    flink.answer("GET /jobs/a", { vertices: vertices.map((id) => ({ id })) });
    for (const id of ["w", "x"]) {
      const task = TASK.replace("/v/", `/${id}/`);
      flink.answer(task, [{ id: METRIC }]);
      flink.answer(`${task}?get=${encodeURIComponent(METRIC)}`, [{ id: METRIC, sum: 2, max: 2 }]);
    }
    await stage([ACCOUNT]).live.metrics();
    const asked = flink.asked.flatMap((address) => /vertices\/(.)\/.*\?get=/.exec(address)?.[1] ?? []);
    assert.deepEqual(asked, ["x", "w", "v"]);
  });

  it("are asked for in lines that Flink's server takes, and one by one where one is no number", async () => {
    const names = Array.from({ length: 150 }, (_, at) => `transform_1.beam-ts_someBucketOfSomeHistogramUpTo${at}Ms`);
    flink.answer(TASK, [{ id: METRIC }, ...names.map((id) => ({ id }))]);
    const noNumber = names[70]!;
    flink.answerOf = (address) => {
      if (!address.startsWith(`${TASK}?get=`)) return undefined;
      const asked = decodeURIComponent(address.slice(`${TASK}?get=`.length)).split(",");
      return asked.includes(noNumber) ? [] : asked.map((id) => ({ id, sum: 1, max: 1 }));
    };
    const { live } = stage([ACCOUNT]);
    const countersOf = async (): Promise<number> =>
      (await live.metrics()).filter(({ kind }) => kind === "counter").length;
    assert.equal(await countersOf(), names.length);
    const asked = flink.asked.length;
    await until("they are asked for again", async () => (await countersOf()) > 0 && flink.asked.length > asked + 4);
    assert.deepEqual(
      flink.asked.filter((address) => address.length > 4_000),
      [],
    );
  });

  it("of its end are asked for again when they cannot be had at once", async () => {
    const { live, end } = stage(new Error("away"), [ACCOUNT]);
    assert.equal(read(await live.metrics()), 5);
    end();
    await live.finished;
    assert.equal(read(await live.metrics()), 9);
  });

  it("of its end fail rather than be older ones", async () => {
    const { live, end, asked } = stage(new Error("away"));
    assert.equal(read(await live.metrics()), 5);
    end();
    await live.finished;
    await assert.rejects(live.metrics(), /away/);
    await assert.rejects(live.metrics(), /away/);
    assert.equal(asked(), 5);
  });

  it("of a job that was stopped are those of the last look when it leaves none", async () => {
    const { live } = stage([]);
    await live.cancel();
    assert.equal(read(await live.metrics()), 5);
  });
});
