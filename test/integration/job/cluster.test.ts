/** The job on a real JobManager and TaskManager, submitted as one jar, stopped, moved and cancelled. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { FlinkRest } from "../../../src/beam/flink/flink-rest";
import { flinkRunnerJar } from "../../../src/beam/flink/embedded/build";
import { flinkJobs } from "../../../src/cli/flink";
import { isFatal } from "../../support/chat/fatal";
import { type FlinkCluster, startFlinkCluster } from "../../support/flink/cluster";
import { FLOW_FLAGS, FlowUnderFault, START_LIMIT_MS } from "../../support/faults/flow-under-fault";
import { cancelAll } from "../../support/flink/jobs";
import { type JobEnd, runJob, startJob } from "../../support/chat/job";
import { listeningBelow, openSockets } from "../../support/processes/listening";
import { putChat } from "../../support/kinesis/producer";
import { randomChat } from "../../support/chat/random-chat";
import type { SentMessage } from "../../support/chat/sent";
import { type TestServices, startServices } from "../../support/services";
import { until } from "../../support/until";
import { assertResult, assertStored } from "../../support/chat/verdict";

const ROOT = path.resolve(__dirname, "../../..");
const DISORDER_MS = 30_000;
const DISORDER = ["--allowed-disorder", `${DISORDER_MS}ms`];
const LIMIT_MS = 60_000;
const BACKEND = z.object({ state_backend: z.string() });
const SUBMITTED = z.object({ job: z.string(), detached: z.literal(true) });

describe("the job on a Flink cluster by its address", function () {
  this.timeout(5 * LIMIT_MS);
  let services: TestServices;
  let cluster: FlinkCluster;
  let rest: FlinkRest;

  before(async () => {
    // Built before the tests, because in a fresh clone this takes longer than any test may.
    await flinkRunnerJar((line) => console.log(line));
    [services, cluster] = await Promise.all([
      startServices(),
      startFlinkCluster({ taskManagers: 1, slotsPerTaskManager: 2, settings: { "state.backend.type": "hashmap" } }),
    ]);
    rest = new FlinkRest(cluster.restUrl);
  });
  afterEach(async () => {
    if (cluster !== undefined) await cancelAll(cluster);
  });
  after(async () => {
    await Promise.all([cluster?.stop(), services?.stop()]);
  });

  const flags = (...more: readonly string[]): readonly string[] => [
    ...["--runner", "flink", "--flink-master", cluster.restUrl],
    ...["--checkpoint-interval", "2s", "--max-bundle-time", "50ms", ...more],
  ];
  const send = async (stream: string, seed: number, users: number): Promise<readonly SentMessage[]> => {
    const startMs = Date.now() - 2 * 86_400_000;
    const chat = randomChat(seed, { users, messagesPerUser: 20, startMs, disorderMs: DISORDER_MS, aggregated: 0.15 });
    return putChat(services.kinesis.client, stream, chat);
  };
  const tool = (...words: readonly string[]): Promise<string> =>
    flinkJobs([...words, "--flink-master", cluster.restUrl], {});
  /** Runs `npm run flink --` in this process. */
  const command = async (...words: readonly string[]): Promise<string> => {
    const script = ["-r", "ts-node/register/transpile-only", "src/main.ts", "flink"];
    const where = ["--flink-master", cluster.restUrl];
    return (await promisify(execFile)(process.execPath, [...script, ...words, ...where], { cwd: ROOT })).stdout.trim();
  };
  const refused = ({ exitCode, stderr, stdout }: JobEnd, sentence: RegExp): void => {
    assert.equal(exitCode, 1, stderr);
    // The last line, because the AWS SDK may have printed warnings before.
    assert.match(stderr.trim().split("\n").at(-1) ?? "", sentence);
    assert.doesNotMatch(stderr, /^\s+at /m, "a stack trace is no sentence");
    assert.equal(stdout, "");
  };

  it("says what is wrong in one sentence, and stops with no job left behind", async () => {
    const stream = "cluster-wrong";
    await services.kinesis.createStream(stream, 1);
    const targets = services.targets(stream);
    const run = (...more: readonly string[]): Promise<JobEnd> => startJob(targets, flags(...more)).ended;
    refused(await run("--cluster-node", "/nowhere/node"), /program \/nowhere\/node cannot be started.*No such file/);
    refused(await run("--cluster-node", "false"), /^A worker ended at its start with exit code 1/);
    refused(await run("--from-savepoint", "/nowhere/savepoint-1"), /savepoint.*\/nowhere\/savepoint-1/);
    const elsewhere = flags("--flink-master", services.bedrock.url);
    refused(await startJob(targets, elsewhere).ended, /is not Flink's REST service\.$/);
    await assert.rejects(tool("stop", "0".repeat(32)), isFatal("FLINK", /knows no job 0+\.$/));
    await until("nothing runs", async () => {
      const jobs = await rest.jobs();
      return jobs.every(({ state }) => ["FAILED", "CANCELED", "FINISHED"].includes(state));
    });
  });

  it("stops with a savepoint and goes on at another parallelism while messages flow", async () => {
    const stream = "cluster-moved";
    const flow = await FlowUnderFault.start(services, stream, 42);
    const submit = async (...more: readonly string[]): Promise<string> => {
      const rocksDb = ["--state-backend", "rocksdb"];
      const end = await startJob(services.targets(stream), flags(...FLOW_FLAGS, ...rocksDb, "--detach", ...more)).ended;
      assert.equal(end.exitCode, 0, end.stderr);
      return SUBMITTED.parse(JSON.parse(end.stdout)).job;
    };
    try {
      const before = await submit("--parallelism", "2");
      await flow.works();
      const workers = cluster.taskManagers().flatMap((each) => each.workerPids());
      assert.equal(workers.length, Math.min(2, availableParallelism()));
      const sockets = cluster.taskManagers().flatMap(({ pid }) => listeningBelow(pid));
      assert.ok(process.platform !== "linux" || sockets.length > 6 * workers.length, "six are a worker's");
      assert.deepEqual(openSockets(sockets), []);
      const config = await (await fetch(`${cluster.restUrl}/jobs/${before}/checkpoints/config`)).json();
      assert.match(BACKEND.parse(config).state_backend, /RocksDB/);
      const copy = await command("savepoint", before);
      assert.ok(existsSync(path.join(fileURLToPath(copy), "_metadata")), copy);
      assert.equal((await rest.job(before)).state, "RUNNING");
      let after = "";
      // How soon it goes on is tested where no other test takes the processors.
      const recoveredMs = await flow.strike(async (struck) => {
        struck();
        const [savepoint = ""] = (await tool("stop", before)).split("\n");
        assert.ok(existsSync(path.join(fileURLToPath(savepoint), "_metadata")), savepoint);
        assert.equal((await rest.job(before)).state, "FINISHED");
        after = await submit("--parallelism", "1", "--from-savepoint", savepoint);
      }, START_LIMIT_MS);
      await flow.conclude(recoveredMs);
      const { counts } = await rest.checkpoints(after);
      assert.equal(counts.restored, 1);
      assert.ok(counts.completed > 0);
      assert.match(await tool("list"), new RegExp(`${after} {2}RUNNING`));

      await tool("cancel");
      await until("the end", async () => (await rest.job(after)).state === "CANCELED", LIMIT_MS);
      const kept = readdirSync(path.join(cluster.checkpointDirectory, after));
      assert.ok(
        kept.some((name) => name.startsWith("chk-")),
        "the last checkpoint is gone",
      );
      await assert.rejects(tool("cancel"), isFatal("FLINK", /^No job runs on Flink at /));
    } finally {
      await flow.close();
    }
  });

  it("indexes every session, and its account is whole", async () => {
    const stream = "cluster-once";
    await services.kinesis.createStream(stream, 2);
    const sent = await send(stream, 41, 30);
    const result = await runJob(services.targets(stream), flags(...DISORDER, "--once"));
    await assertStored(services.openSearch.url(), stream, sent);
    assertResult(result, sent);
    const jars = z.object({ files: z.array(z.unknown()) });
    assert.deepEqual(jars.parse(await (await fetch(`${cluster.restUrl}/jars`)).json()).files, [], "jars are left");
  });
});
