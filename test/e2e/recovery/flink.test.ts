/**
 * Faults of a real Flink cluster while messages flow and shards split and merge. `npm test` shortens the long ones; the
 * figures are printed, and in docs/figures.md.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { flinkJobs } from "../../../src/cli/flink";
import { type FlinkCluster, startFlinkCluster } from "../../support/flink/cluster";
import { allTasksRun, cancelAll, checkpointsOf, historyOf, liveJobs } from "../../support/flink/jobs";
import { FLOW_FLAGS, FlowUnderFault, type Verdict } from "../../support/faults/flow-under-fault";
import { type RunningJob, startJob } from "../../support/chat/job";
import { isAlive, killIfAlive } from "../../support/processes/running";
import { randomOf } from "../../support/random";
import { type TestServices, startServices } from "../../support/services";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { SOAK } from "../../support/long";

const SEED = 61;
const KILL_INTERVAL_MS = 5_000;
/**
 * Least number of kills, and least time for them: with Flink's growing pause there is not always a worker to be killed.
 */
const KILLS = 4;
const KILLING_MS = SOAK ? 60_000 : 0;
const START_LIMIT_MS = 150_000;
const RESTORE_LIMIT_MS = 120_000;
const FLINK_FLAGS = ["--runner", "flink", "--checkpoint-interval", "2s", "--max-bundle-time", "50ms"];

type Readiness = (job: string) => Promise<boolean>;

describe("the job on a Flink cluster", function () {
  this.timeout(440_000 + KILLING_MS);
  let services: TestServices;
  let cluster: FlinkCluster;
  let flow: FlowUnderFault | undefined;
  let runs: RunningJob[] = [];
  let orders: string;
  const orderToDie = (): string => path.join(orders, "die-before-data");

  before(async () => {
    orders = makeFolder("orders");
    const environment = {
      ...process.env,
      NODE_OPTIONS: `--import ${path.join(__dirname, "../../support/flink/death-before-data.mjs")}`,
      DIE_BEFORE_DATA: orderToDie(),
    };
    [services, cluster] = await Promise.all([startServices({ latencyMs: 50 }), startFlinkCluster({ environment })]);
  });
  afterEach(async () => {
    for (const run of runs) run.signal("SIGKILL");
    runs = [];
    await flow?.close();
    flow = undefined;
    if (cluster !== undefined) await cancelAll(cluster);
  });
  after(async () => {
    await Promise.all([cluster?.stop(), services?.stop()]);
    await removeFolder(orders);
  });

  /** Submits the job as our runner does; resolves with Flink's id for it once it is ready. */
  async function submit(
    stream: string,
    { parallelism, flags = [], isReady }: { parallelism: number; flags?: readonly string[]; isReady: Readiness },
  ): Promise<string> {
    const known = await liveJobs(cluster);
    const where = ["--flink-master", cluster.restUrl, "--parallelism", String(parallelism)];
    const run = startJob(services.targets(stream), [...FLOW_FLAGS, ...FLINK_FLAGS, ...where, ...flags]);
    runs.push(run);
    let job: string | undefined;
    const ready = async (): Promise<boolean> => {
      if (run.process.exitCode !== null) throw new Error(`the run ended: ${JSON.stringify(await run.ended)}`);
      job ??= (await liveJobs(cluster)).find((id) => !known.includes(id));
      return job !== undefined && (await isReady(job));
    };
    await until("the job is ready", ready, START_LIMIT_MS);
    return job!;
  }

  const hasCheckpoint: Readiness = async (job) => (await checkpointsOf(cluster, job)).completed > 0;

  /**
   * Submits the job again; resolves once all of its tasks run, so that nothing is left of the one before: it had the
   * slots.
   */
  async function goOn(stream: string, parallelism: number, from: string): Promise<void> {
    const flags = ["--from-savepoint", from];
    const again = await submit(stream, { parallelism, flags, isReady: (job) => allTasksRun(cluster, job) });
    assert.equal(await restorations(again), 1);
  }

  async function begin(stream: string): Promise<{ readonly flow: FlowUnderFault; readonly job: string }> {
    flow = await FlowUnderFault.start(services, stream, SEED);
    const job = await submit(stream, { parallelism: 4, isReady: hasCheckpoint });
    await flow.works();
    return { flow, job };
  }

  function report(what: string, { recoveredMs, documents, overwrites }: Verdict): void {
    const seconds = (recoveredMs / 1_000).toFixed(1);
    console.log(`      ${what}: recovered in ${seconds} s; ${overwrites} of ${documents} documents written again`);
  }

  const workers = (): readonly number[] => cluster.taskManagers().flatMap((each) => each.workerPids());

  const restorations = async (job: string): Promise<number> => (await checkpointsOf(cluster, job)).restored;

  /** Resolves once Flink has restored the job from a checkpoint more often than before. */
  async function restored(job: string, before: number): Promise<void> {
    const isRestored = async (): Promise<boolean> => (await restorations(job)) > before;
    await until("the job is restored", isRestored, RESTORE_LIMIT_MS).catch(async (error: unknown) => {
      throw new Error(`restored ${before} times: the job is ${await historyOf(cluster, job)}`, { cause: error });
    });
  }

  it("survives a worker that is killed every five seconds", async () => {
    const { flow, job } = await begin("workers-killed");
    const random = randomOf(SEED);
    let killed = 0;
    const recoveredMs = await flow.strike(async (struck) => {
      let before = 0;
      const startMs = performance.now();
      while (killed < KILLS || performance.now() - startMs < KILLING_MS) {
        if (killed > 0) await sleep(KILL_INTERVAL_MS);
        // No worker lives while Flink makes its pause before a restart.
        let pids: readonly number[] = [];
        const oneLives = async (): Promise<boolean> => {
          before = await restorations(job);
          pids = workers();
          return pids.length > 0;
        };
        await until("a worker lives", oneLives, RESTORE_LIMIT_MS).catch(async (error: unknown) => {
          throw new Error(`no worker after ${killed} kills: the job is ${await historyOf(cluster, job)}`, {
            cause: error,
          });
        });
        const isFirst = killed === 0;
        if (isFirst) await writeFile(orderToDie(), "");
        if (!killIfAlive(random.pick(pids))) continue;
        killed++;
        struck();
        // One of the next workers dies, too, while Beam waits for its data connection.
        if (isFirst) await restored(job, before + 1);
      }
      assert.ok(!existsSync(orderToDie()), "no worker died without its data connection: that is not tested");
      await restored(job, before);
    });
    const verdict = await flow.conclude(recoveredMs);
    const times = await restorations(job);
    assert.ok(times > 1, `restored ${times} times after ${killed} kills`);
    report(`${killed} workers killed, job restored ${times} times`, verdict);
  });

  it("survives a TaskManager that is killed and replaced", async () => {
    const { flow, job } = await begin("task-manager-killed");
    const victim = cluster.taskManagers()[0]!;
    const orphans = victim.workerPids();
    assert.ok(orphans.length > 0, "the TaskManager runs no worker: nothing is tested");
    const recoveredMs = await flow.strike(async (struck) => {
      await victim.kill();
      struck();
      await cluster.startTaskManager();
      await restored(job, 0);
    });
    const verdict = await flow.conclude(recoveredMs);
    assert.deepEqual(orphans.filter(isAlive), [], "workers outlived their TaskManager");
    report("a TaskManager killed and replaced", verdict);
  });

  it("goes on from its last checkpoint when the JobManager is killed and the job submitted again", async () => {
    const stream = "job-manager-killed";
    const { flow, job } = await begin(stream);
    // Enough time for the run that follows the job to see a checkpoint, too.
    const enough = (await checkpointsOf(cluster, job)).completed + 3;
    const hasEnough = async (): Promise<boolean> => (await checkpointsOf(cluster, job)).completed >= enough;
    await until("more checkpoints", hasEnough, RESTORE_LIMIT_MS);
    const recoveredMs = await flow.strike(async (struck) => {
      await cluster.killJobManager();
      struck();
      await cluster.startJobManager();
      // The run that followed the job prints where it goes on.
      const { exitCode, stderr } = await runs[0]!.ended;
      assert.equal(exitCode, 1);
      const [, checkpoint = ""] =
        /JobManager was started anew: go on from its last checkpoint, (\S+), as from a savepoint\.\s*$/.exec(stderr) ??
        [];
      assert.match(checkpoint, /\/chk-\d+$/, stderr);
      await goOn(stream, 4, checkpoint);
    });
    report("the JobManager killed, the job submitted again", await flow.conclude(recoveredMs));
  });

  it("goes on at another parallelism from the savepoint that it was stopped with", async () => {
    const stream = "rescaled";
    const { flow, job } = await begin(stream);
    const recoveredMs = await flow.strike(async (struck) => {
      struck();
      const [savepoint = ""] = (await flinkJobs(["stop", job, "--flink-master", cluster.restUrl], {})).split("\n");
      await goOn(stream, 3, savepoint);
    });
    report("stopped with a savepoint, started at parallelism 3 instead of 4", await flow.conclude(recoveredMs));
  });
});
