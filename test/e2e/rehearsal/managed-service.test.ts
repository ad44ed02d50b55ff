/**
 * The jar as the managed service gets it: uploaded to a Flink whose hosts have Java 11, libraries of 2013, and nothing
 * else, with runtime properties, while messages flow and shards split and merge.
 */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { RunJarRequest } from "../../../src/beam/flink/flink-rest";
import { FLOW_FLAGS, FlowUnderFault } from "../../support/faults/flow-under-fault";
import { listeningBelow, openSockets } from "../../support/processes/listening";
import { PYTHON_LIMIT_MS, pythonFor } from "../../support/aws/python";
import { type TestServices, startServices } from "../../support/services";
import { until } from "../../support/until";
import { hostsFor } from "./support/bare-host";
import { rehearsalJar } from "./support/jars";
import {
  CHECKPOINT_INTERVAL_MS,
  type ManagedCluster,
  propertiesFor,
  ROCKSDB_MB,
  startManagedCluster,
} from "./support/managed-cluster";

const SEED = 71;
const KPU_NATIVE_MB = 1_024;
const CHECKPOINT_LIMIT_MS = 60_000;
/** The service scales, so a snapshot must fit another parallelism; 1 is the one that is unlike the others. */
const RUNS = [
  { version: "1.19.1", parallelism: { before: 2, after: 1 }, isReadAgain: false },
  { version: "1.20.0", parallelism: { before: 1, after: 2 }, isReadAgain: true },
] as const;
const SHORT_GAP_MS = 60_000;

const CHECKPOINTING = z.object({ interval: z.number(), state_backend: z.string() });

describe("the managed service's jar", function () {
  // Longer than all that is awaited inside, each with its own limit.
  this.timeout(720_000);
  let services: TestServices;
  let cluster: ManagedCluster | undefined;
  let flow: FlowUnderFault | undefined;

  before(async function () {
    this.timeout(PYTHON_LIMIT_MS);
    await hostsFor(this);
    await pythonFor(this);
    await rehearsalJar("first");
    // Made before, because building it would count as recovery.
    await rehearsalJar("second");
    services = await startServices({ latencyMs: 50 });
  });
  afterEach(async () => {
    await flow?.close();
    await cluster?.stop();
    flow = undefined;
    cluster = undefined;
  });
  after(() => services?.stop());

  async function run(jar: string, request: RunJarRequest): Promise<string> {
    const { rest } = cluster!;
    return rest.runJar(await rest.uploadJar(jar), request);
  }

  /** Checks that the job sets none of the service's own settings. */
  async function assertOwnedByCluster(job: string, parallelism: number): Promise<void> {
    const { rest } = cluster!;
    const { vertices } = await rest.job(job);
    assert.equal(Math.max(...vertices.map((each) => each.parallelism)), parallelism);
    const { interval, state_backend } = await rest.ofJob(job, "/checkpoints/config", CHECKPOINTING);
    assert.equal(interval, CHECKPOINT_INTERVAL_MS);
    assert.match(state_backend, /RocksDB/i);
  }

  const worker = (): number => {
    const pids = cluster!.flink.taskManagers().flatMap((each) => each.workerPids());
    assert.equal(pids.length, 1);
    return pids[0]!;
  };

  for (const { version, parallelism, isReadAgain } of RUNS) {
    it(`runs on Flink ${version}, survives its worker, and goes on from a savepoint as another jar at another parallelism`, async () => {
      const stream = `rehearsal-${version.replaceAll(".", "-")}`;
      cluster = await startManagedCluster({ version, taskManagers: 1 });
      const { rest } = cluster;
      flow = await FlowUnderFault.start(services, stream, SEED);
      const targets = services.targets(stream);
      const properties = { ...propertiesFor(targets), ...flowProperties() };
      await cluster.setProperties(properties);
      const job = await run(await rehearsalJar("first"), { parallelism: parallelism.before });
      await flow.works();
      assert.deepEqual(openSockets(cluster.flink.taskManagers().flatMap(({ pid }) => listeningBelow(pid))), []);
      await assertOwnedByCluster(job, parallelism.before);
      const checkpoints = async (): Promise<number> => (await rest.checkpoints(job)).counts.completed;
      await until("there is a checkpoint", async () => (await checkpoints()) > 0, CHECKPOINT_LIMIT_MS);

      const afterKill = await flow.strike(async (struck) => {
        process.kill(worker(), "SIGKILL");
        struck();
      });
      const residentMb = await peakResidentMb(worker());
      assert.ok(residentMb < KPU_NATIVE_MB - ROCKSDB_MB, `the worker took ${residentMb} MB`);

      let updated = "";
      const afterUpdate = await flow.strike(async (struck) => {
        const savepointPath = await rest.stopWithSavepoint(job);
        struck();
        updated = await run(await rehearsalJar("second"), { parallelism: parallelism.after, savepointPath });
      });
      await assertOwnedByCluster(updated, parallelism.after);
      const temporary = path.join(cluster.flink.directory, "taskmanager-1/tmp");
      const unpacked = (await readdir(temporary)).filter((name) => name.startsWith("beam-worker-"));
      assert.equal(unpacked.length, 2, "each jar brought a worker of its own");

      const { documents, overwrites } = await flow.conclude(Math.max(afterKill, afterUpdate));
      console.log(
        `      Flink ${version}: recovered in ${seconds(afterKill)} s from a killed worker, in ${seconds(afterUpdate)} s` +
          ` from an update; worker ${residentMb} MB; ${overwrites} of ${documents} documents written again`,
      );
      if (!isReadAgain) return;

      const index = `${targets.index}-short`;
      await rest.cancel(updated);
      await cluster.setProperties({ ...properties, index, "session-gap": `${SHORT_GAP_MS}ms` });
      await run(await rehearsalJar("second"), {});
      const sessions = await flow.concludeAgain(index, SHORT_GAP_MS);
      assert.ok(sessions > documents, `${sessions} sessions with the shorter gap`);
    });
  }
});

/** The flow's flags as properties. */
function flowProperties(): Readonly<Record<string, string>> {
  const properties: Record<string, string> = {};
  for (let at = 0; at < FLOW_FLAGS.length; at += 2) properties[FLOW_FLAGS[at]!.slice(2)] = FLOW_FLAGS[at + 1]!;
  return properties;
}

async function peakResidentMb(pid: number): Promise<number> {
  const [, kilobytes = ""] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
