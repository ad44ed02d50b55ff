/**
 * A job without input polls its shards for days: neither its checkpoints nor any process's memory may grow. With SOAK=1
 * it is watched for an hour (or IDLE_MINUTES), and each minute's figures are printed.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { bundleWorker } from "../../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../../src/beam/flink/flink-options";
import { PortableRunner } from "../../../src/beam/flink/runner";
import { protoOf } from "../../../src/beam/pipeline-proto";
import type { PipelineRun } from "../../../src/beam/runner";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../../src/beam/flink/embedded/launch";
import { readOptions } from "../../../src/options";
import { buildPipeline } from "../../../src/pipeline";
import { httpOf, perTask, runningJob, stateBytes } from "../../support/flink/facts";
import { startKinesis, TEST_CREDENTIALS, type TestKinesis } from "../../support/kinesis/server";
import { liveHeapMb, residentMb } from "../../support/processes/process-memory";
import { workersBelow } from "../../support/processes/running";
import { encodeMessage, putRaw } from "../../support/kinesis/producer";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const IS_SOAK = process.env["SOAK"] === "1";
const SECOND_MS = 1_000;
const IDLE_MS = (IS_SOAK ? Number(process.env["IDLE_MINUTES"] ?? 60) : 1) * 60 * SECOND_MS;
const SAMPLE_EVERY_MS = IS_SOAK ? 60 * SECOND_MS : 12 * SECOND_MS;
/** Classes are loaded and code is compiled in the first checkpoints. */
const WARM_UP_CHECKPOINTS = IS_SOAK ? 60 : 6;
const CHECKPOINT_INTERVAL_MS = 2 * SECOND_MS;
const STREAM = "idle";
const SHARDS = 4;
/** Messages of open sessions, so that there is more than the source's state. */
const MESSAGES = 200;
/** An address without a server, which is never called: no session closes, so none is summarised or written. */
const NOBODY = "http://127.0.0.1:9";

const BACKENDS = ["hashmap", "rocksdb"] as const;

interface Sample {
  readonly seconds: number;
  readonly checkpoints: number;
  readonly failedCheckpoints: number;
  readonly stateBytes: number;
  readonly checkpointBytes: number;
  readonly javaHeapMb: number;
  readonly workerMb: number;
}

interface Idle {
  readonly server: RunningFlinkJobServer;
  readonly run: PipelineRun;
  readonly samples: Sample[];
}

const CHECKPOINTS = z.object({
  counts: z.object({ completed: z.number(), failed: z.number() }),
  latest: z.object({ completed: z.object({ state_size: z.number() }).nullable() }),
});

const NO_CHECKPOINTS = { completed: 0, failed: 0, bytes: 0 };

describe("a job on Flink that nothing comes in for", function () {
  this.timeout(IDLE_MS + 240 * SECOND_MS);
  const folder = makeFolder("flink-idle");
  const idle = new Map<(typeof BACKENDS)[number], Idle>();
  let kinesis: TestKinesis;

  before(async () => {
    kinesis = await startKinesis();
    await kinesis.createStream(STREAM, SHARDS);
    await putRaw(kinesis.client, STREAM, openSessions(Date.now()));
    const entry = path.resolve(__dirname, "../../../src/worker.ts");
    const workerCommand = await bundleWorker({ entry, directory: path.join(folder, "workers") });
    for (const backend of BACKENDS) idle.set(backend, await start(backend, workerCommand));
    await Promise.all([...idle.values()].map(watch));
  });
  after(async () => {
    for (const { run, server } of idle.values()) {
      await run.cancel().catch(() => undefined);
      await server.stop();
    }
    await kinesis?.stop();
    await removeFolder(folder);
  });

  async function start(backend: (typeof BACKENDS)[number], workerCommand: string): Promise<Idle> {
    const server = await startFlinkJobServer({
      dataDirectory: path.join(folder, backend),
      isShortLived: true,
      slots: SHARDS,
      flinkSettings: { "state.backend.type": backend },
    });
    const targets = ["--stream", STREAM, "--kinesis-endpoint", kinesis.url, "--bedrock-endpoint", NOBODY];
    // The gap outlasts the test, so that no session closes.
    const options = readOptions(
      [
        "--runner",
        "flink",
        "--start-position",
        "TRIM_HORIZON",
        "--session-gap",
        "7d",
        "--max-open-session",
        "7d",
        ...targets,
      ],
      {},
    );
    const settings = options.pipelineSettings({ opensearch: NOBODY }, Date.now());
    const own = { isBounded: false, parallelism: SHARDS, workers: 1, checkpointIntervalMs: CHECKPOINT_INTERVAL_MS };
    const runner = new PortableRunner({
      jobService: server.jobService,
      jobName: STREAM,
      pipelineOptions: flinkPipelineOptions({ ...options.flink!, ...own }),
      workerCommand,
      workerEnvironment: {
        AWS_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
        BEAM_WORKER_LOG: path.join(folder, `${backend}-workers.log`),
      },
    });
    const run = await runner.run(await protoOf((root) => buildPipeline(root, settings)));
    return { server, run, samples: [] };
  }

  /** Lets the job run for the test's time, and takes samples. */
  async function watch({ server, samples }: Idle): Promise<void> {
    const completed = async (): Promise<number> => (await checkpointsOf(server)).completed;
    await until("the job runs", async () => (await completed()) > 0, 300_000);
    await until("all messages are read", async () => (await readByTasks(server)).isAll, 300_000);
    const warm = (await completed()) + WARM_UP_CHECKPOINTS;
    await until("the job is warm", async () => (await completed()) >= warm, 300_000);
    const startMs = Date.now();
    while (Date.now() - startMs <= IDLE_MS) {
      samples.push(await sample(server, startMs));
      if (IS_SOAK) console.log(JSON.stringify({ port: server.webUrl.split(":").at(-1), ...samples.at(-1) }));
      await sleep(SAMPLE_EVERY_MS);
    }
  }

  for (const backend of BACKENDS) {
    it(`keeps its state as large as it is, in ${backend}`, () => {
      const sizes = idle.get(backend)!.samples.map((sample) => sample.stateBytes);
      assert.ok(sizes.length >= 2 && Math.min(...sizes) > 10_000, `too little was seen: ${sizes.join(", ")}`);
      assert.ok(Math.max(...sizes) < sizes[0]! * 1.02, `bytes of state: ${sizes.join(", ")}`);
    });

    it(`keeps its memory as it is, with state in ${backend}`, () => {
      const { samples } = idle.get(backend)!;
      const [first, last] = [samples[0]!, samples.at(-1)!];
      const said = JSON.stringify(samples);
      // The memory of a checkpoint under way comes and goes.
      assert.ok(last.javaHeapMb < first.javaHeapMb + 30, `the Java heap grew: ${said}`);
      assert.ok(last.workerMb < first.workerMb + 40, `the worker grew: ${said}`);
    });
  }

  it("spreads its shards evenly over the tasks that read", async () => {
    for (const { server } of idle.values()) {
      const { counts } = await readByTasks(server);
      assert.equal(counts.length, SHARDS);
      assert.ok(Math.min(...counts) > 0, `messages read by each task: ${counts.join(", ")}`);
    }
  });

  it("loses no checkpoint", () => {
    for (const { samples } of idle.values()) {
      const [first, last] = [samples[0]!, samples.at(-1)!];
      assert.ok(last.checkpoints - first.checkpoints > IDLE_MS / CHECKPOINT_INTERVAL_MS / 4, JSON.stringify(samples));
      // Flink's very first checkpoints fail, because they come before all tasks run.
      assert.equal(last.failedCheckpoints, first.failedCheckpoints);
    }
  });
});

/** Flink's REST service learns of its tasks' metrics some seconds later. */
async function readByTasks({ webUrl }: RunningFlinkJobServer) {
  const counts = await perTask(webUrl, "read");
  return { counts, isAll: counts.reduce((sum, count) => sum + count, 0) === MESSAGES };
}

function openSessions(nowMs: number) {
  return Array.from({ length: MESSAGES }, (_, index) => ({
    partitionKey: `user-${index}`,
    data: encodeMessage({ userId: `user-${index}`, content: "anybody there?", timestampMs: nowMs }),
  }));
}

async function sample(server: RunningFlinkJobServer, startMs: number): Promise<Sample> {
  const { completed, failed, bytes } = await checkpointsOf(server);
  const workers = workersBelow(server.pid);
  assert.ok(workers.length > 0, "no worker runs");
  return {
    seconds: Math.round((Date.now() - startMs) / SECOND_MS),
    checkpoints: completed,
    failedCheckpoints: failed,
    stateBytes: await stateBytes(server),
    checkpointBytes: bytes,
    javaHeapMb: Math.round(liveHeapMb(server.pid) * 10) / 10,
    workerMb: Math.round(Math.max(...workers.map(residentMb))),
  };
}

async function checkpointsOf({ webUrl }: RunningFlinkJobServer) {
  const job = await runningJob(webUrl).catch(() => undefined);
  if (job === undefined) return NO_CHECKPOINTS;
  const answer = await httpOf(webUrl).get(`/jobs/${job}/checkpoints`, z.unknown());
  const { data } = CHECKPOINTS.safeParse(answer);
  // A job that is just starting has no figures yet.
  return data === undefined ? NO_CHECKPOINTS : { ...data.counts, bytes: data.latest.completed?.state_size ?? 0 };
}
