/**
 * The managed service publishes the numbers of Flink's metric group "kinesisanalytics" to CloudWatch, under names of
 * letters and digits only: the job's counters and gauges must be there, and no other values. Flink does not tell
 * transforms of one stage apart, so a metric must be that of all of them together.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { z } from "zod";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import { PortableRunner } from "../../../src/beam/flink/runner";
import { type PCollection, withName } from "../../../src/beam/sdk";
import { flinkClassPath } from "../../../src/beam/flink/embedded/build";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import type { FlinkTuning } from "../../../src/beam/target";
import { recordCalls } from "../../../src/beam/testing/fns/async";
import { measured } from "../../../src/beam/testing/fns/measured";
import { Job } from "../../../src/beam/testing/support/job";
import { fromZeroTo } from "../../../src/beam/testing/support/numbers";
import { freePort } from "../../../src/beam/process";
import { PYTHON_LIMIT_MS } from "../../support/aws/python";
import { httpOf, runningJob } from "../../support/flink/facts";
import { prometheusReporter, reporterSettings } from "../../support/flink/prometheus-reporter";
import { FLINK_PREFIX } from "../../support/telemetry/flink-rules";
import { scrape } from "../../support/telemetry/scrape";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const LIMIT_MS = 90_000;
const COUNT = 50;
const PUBLISHED = ".kinesisanalytics.";

type Bundles = Required<Pick<FlinkTuning, "maxBundleElements" | "maxBundleMs">>;

const JOB = z.object({ vertices: z.array(z.object({ id: z.string() })) });
const NAMES = z.array(z.object({ id: z.string() }));
const VALUES = z.array(z.object({ id: z.string(), sum: z.number() }));
const TEXTS = z.array(z.object({ value: z.string() }));

/** All metrics in the published group, by their last name. */
async function published(webUrl: string): Promise<Readonly<Record<string, number>>> {
  const http = httpOf(webUrl);
  const job = `/jobs/${await runningJob(webUrl)}`;
  const found: Record<string, number> = {};
  for (const { id } of (await http.get(job, JOB)).vertices) {
    const address = `${job}/vertices/${id}/subtasks/metrics`;
    const names = (await http.get(address, NAMES)).filter((own) => own.id.includes(PUBLISHED));
    for (const name of names) {
      const [value] = await http.get(`${address}?get=${encodeURIComponent(name.id)}`, VALUES);
      const short = name.id.slice(name.id.indexOf(PUBLISHED) + PUBLISHED.length);
      // Flink has no sum of a metric that is no number.
      found[short] = value?.sum ?? Number.NaN;
    }
  }
  return found;
}

/** A distribution of the first task, in the text form that Beam gives Flink. */
async function distribution(webUrl: string, ownName: string): Promise<string | undefined> {
  const http = httpOf(webUrl);
  const job = `/jobs/${await runningJob(webUrl)}`;
  for (const { id } of (await http.get(job, JOB)).vertices) {
    const address = `${job}/vertices/${id}/subtasks`;
    const name = (await http.get(`${address}/metrics`, NAMES)).find((own) => own.id.endsWith(`_${ownName}`));
    if (name === undefined) continue;
    return (await http.get(`${address}/0/metrics?get=${encodeURIComponent(name.id)}`, TEXTS))[0]?.value;
  }
  return undefined;
}

describe("Metrics that the managed service publishes", function () {
  this.timeout(2 * LIMIT_MS);
  let folder = "";
  let server: RunningFlinkJobServer | undefined;
  let job: Job | undefined;

  const reporter = { folder: "", jar: "", port: 0 };

  before(async function () {
    this.timeout(PYTHON_LIMIT_MS);
    reporter.folder = makeFolder("flink-reporter");
    reporter.jar = await prometheusReporter(reporter.folder);
  });
  after(() => removeFolder(reporter.folder));

  // Each test has a Flink of its own, because a job without an end runs until its Flink stops.
  beforeEach(async () => {
    folder = makeFolder("flink-metrics");
    const classPath = [...(await flinkClassPath(() => undefined)), reporter.jar];
    reporter.port = await freePort();
    server = await startFlinkJobServer({
      ...{ dataDirectory: path.join(folder, "flink"), classPath, isShortLived: true },
      flinkSettings: reporterSettings(reporter.port),
    });
  });
  afterEach(async () => {
    await job?.close();
    await server?.stop();
    await removeFolder(folder);
  });

  /** Starts a job on numbers from zero on, and returns once it runs. */
  async function start(bundles: Bundles, build: (numbers: PCollection<number>, own: Job) => void): Promise<string> {
    const { webUrl, jobService } = server!;
    const entry = path.resolve(__dirname, "../../../src/beam/testing/worker.ts");
    const options = { parallelism: 1, workers: 1, checkpointIntervalMs: 1_000, ...bundles };
    const runner = new PortableRunner({
      jobService,
      jobName: "metrics",
      workerCommand: await bundleWorker({ entry, directory: path.join(folder, "workers") }),
      workerEnvironment: {},
      pipelineOptions: flinkPipelineOptions({ ...options, isBounded: false }),
    });
    const own = (job = new Job(runner, LIMIT_MS));
    await own.start((root) => {
      const elements = fromZeroTo(COUNT).map((value) => ({ value, atMs: 0 }));
      build(own.records(root, "numbers", elements), own);
    });
    const isRunning = (): Promise<boolean> =>
      runningJob(webUrl).then(
        () => true,
        () => false,
      );
    await until("the job runs", isRunning, LIMIT_MS);
    return webUrl;
  }

  it("are the job's counters and gauges, of all transforms of a stage together", async () => {
    const webUrl = await start({ maxBundleElements: 10, maxBundleMs: 5 }, (numbers) => {
      const { main } = numbers.apply(withName("first", measured()));
      main.apply(withName("second", measured()));
    });
    let metrics: Readonly<Record<string, number>> = {};
    // Each metric is asked for by itself, so one may be newer than another.
    const isComplete = async (): Promise<boolean> => {
      metrics = await published(webUrl);
      return metrics["seen"]! >= 2 * COUNT && metrics["twice"]! >= 4 * COUNT;
    };
    await until("all elements are counted", isComplete, LIMIT_MS);
    assert.deepEqual(metrics, { seen: 2 * COUNT, twice: 4 * COUNT, last: 7 });
    const sizes = await distribution(webUrl, "sizes");
    assert.match(sizes ?? "", /\bsum=2450, count=100, min=0, max=49\b/);

    // The rules of docs/examples for Flink's own reporter are about these names, and this label.
    const reported = await scrape(`http://127.0.0.1:${reporter.port}`);
    for (const [name, value] of Object.entries({ seen: 2 * COUNT, twice: 4 * COUNT, last: 7 })) {
      const [series, ...more] = reported.filter((sample) => sample.name === FLINK_PREFIX + name);
      assert.deepEqual([series?.value, more.length], [value, 0], name);
      assert.notEqual(series?.labels["job_name"] ?? "", "", name);
    }
  });

  it("grow while a bundle runs, and are exact at its end", async () => {
    const webUrl = await start({ maxBundleElements: 10 * COUNT, maxBundleMs: LIMIT_MS }, (numbers, own) => {
      // Flink shows a job's first figures seconds after it runs, and later on a busy machine.
      const calls = { maxConcurrentCalls: 1, callMs: 500, directory: own.folder("calls") };
      numbers
        .apply(withName("first", measured()))
        .main.apply(recordCalls(calls))
        .main.apply(withName("second", measured()));
    });
    const seen = new Set<number>();
    let metrics: Readonly<Record<string, number>> = {};
    const isComplete = async (): Promise<boolean> => {
      metrics = await published(webUrl);
      seen.add(metrics["seen"] ?? 0);
      return metrics["seen"]! >= 2 * COUNT && metrics["twice"]! >= 4 * COUNT;
    };
    await until("all elements are counted", isComplete, LIMIT_MS);
    const early = [...seen].filter((count) => count > 0 && count < 2 * COUNT);
    assert.ok(early.length >= 2, `nothing between: ${[...seen].join()}`);
    assert.deepEqual(
      early,
      early.toSorted((a, b) => a - b),
      "a count went back",
    );
    assert.deepEqual(metrics, { seen: 2 * COUNT, twice: 4 * COUNT, last: 7 });
    const sizes = await distribution(webUrl, "sizes");
    assert.match(sizes ?? "", /\bsum=2450, count=100, min=0, max=49\b/);
  });
});
