/**
 * The jar as the managed service gets it: uploaded to a Flink whose hosts have Java 11, libraries of 2013, and nothing
 * else, with runtime properties, while messages flow and shards split and merge.
 */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { FLOW_FLAGS, FlowUnderFault } from "../support/flow-under-fault";
import { PYTHON_LIMIT_MS, pythonFor } from "../support/python";
import { type TestServices, startServices } from "../support/services";
import { until } from "../support/until";
import { hostsFor } from "./support/bare-host";
import { type RehearsalJars, rehearsalJars } from "./support/jars";
import { type ManagedCluster, propertiesFor, ROCKSDB_MB, startManagedCluster } from "./support/managed-cluster";
import { FLINK_ARCHIVES, type FlinkVersion } from "./support/parts";

const SEED = 71;
const KPU_NATIVE_MB = 1_024;
const CHECKPOINT_LIMIT_MS = 60_000;
const VERSIONS = Object.keys(FLINK_ARCHIVES) as FlinkVersion[];

describe("the managed service's jar", function () {
  this.timeout(300_000);
  let jars: RehearsalJars;
  let services: TestServices;
  let cluster: ManagedCluster | undefined;
  let flow: FlowUnderFault | undefined;

  before(async function () {
    this.timeout(PYTHON_LIMIT_MS);
    await hostsFor(this);
    await pythonFor(this);
    jars = await rehearsalJars();
    services = await startServices({ latencyMs: 50 });
  });
  afterEach(async () => {
    await flow?.close();
    await cluster?.stop();
    flow = undefined;
    cluster = undefined;
  });
  after(() => services?.stop());

  async function run(jar: string, savepointPath?: string): Promise<string> {
    const { rest } = cluster!;
    const id = await rest.uploadJar(jar);
    return rest.runJar(id, savepointPath === undefined ? {} : { savepointPath });
  }

  const worker = (): number => {
    const pids = cluster!.flink.taskManagers().flatMap((each) => each.workerPids());
    assert.equal(pids.length, 1);
    return pids[0]!;
  };

  for (const version of VERSIONS) {
    it(`runs on Flink ${version}, survives its worker, and goes on from a savepoint as another jar`, async () => {
      const stream = `rehearsal-${version.replaceAll(".", "-")}`;
      cluster = await startManagedCluster({ version, taskManagers: 1 });
      const { rest } = cluster;
      flow = await FlowUnderFault.start(services, stream, SEED);
      await cluster.setProperties({ ...propertiesFor(services.targets(stream)), ...flowProperties() });
      const job = await run(jars.first);
      await flow.works();
      const checkpoints = async (): Promise<number> => (await rest.checkpoints(job)).counts.completed;
      await until("there is a checkpoint", async () => (await checkpoints()) > 0, CHECKPOINT_LIMIT_MS);

      const afterKill = await flow.strike(async (struck) => {
        process.kill(worker(), "SIGKILL");
        struck();
      });
      const residentMb = await peakResidentMb(worker());
      assert.ok(residentMb < KPU_NATIVE_MB - ROCKSDB_MB, `the worker took ${residentMb} MB`);

      const afterUpdate = await flow.strike(async (struck) => {
        const savepoint = await rest.stopWithSavepoint(job);
        struck();
        await run(jars.second, savepoint);
      });
      const temporary = path.join(cluster.flink.directory, "taskmanager-1/tmp");
      const unpacked = (await readdir(temporary)).filter((name) => name.startsWith("beam-worker-"));
      assert.equal(unpacked.length, 2, "each jar brought a worker of its own");

      const { documents, overwrites } = await flow.conclude(Math.max(afterKill, afterUpdate));
      console.log(
        `      Flink ${version}: recovered in ${seconds(afterKill)} s from a killed worker, in ${seconds(afterUpdate)} s` +
          ` from an update; worker ${residentMb} MB; ${overwrites} of ${documents} documents written again`,
      );
    });
  }
});

/** The flow's flags, as properties. */
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
