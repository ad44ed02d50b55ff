/**
 * Only this machine can reach the servers that `npm start -- --runner flink` starts, and of its processes only those
 * that have a token are let in. Each service of Beam is called as an attacker would who has found its port.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { filesBelow } from "../support/privacy/files-below";
import { listeningBelow, listeningSockets, openSockets } from "../support/processes/listening";
import { npm, type Command } from "../support/processes/npm";
import { descendantsOf, workersBelow } from "../support/processes/running";
import { codeOf, speaksGrpc } from "../support/requests/raw-grpc";
import { makeFolder, removeFolder } from "../support/temporary-folder";
import { until } from "../support/until";
import { onLinux } from "./linux";

const START_LIMIT_MS = 180_000;
const WORKERS = 2;
const WORKER_TOKEN = "BEAM_WORKER_TOKEN";
const JOB_TOKEN = "BEAM_JOB_TOKEN";
const FN = "/org.apache.beam.model.fn_execution.v1";
const JOB = "/org.apache.beam.model.job_management.v1";

/** Methods of a worker's services. A second control stream of a worker would be an error of its own. */
const WORKER_METHODS: readonly { readonly method: string; readonly isTriedAsWorker: boolean }[] = [
  { method: `${FN}.BeamFnControl/Control`, isTriedAsWorker: false },
  { method: `${FN}.BeamFnControl/GetProcessBundleDescriptor`, isTriedAsWorker: true },
  { method: `${FN}.BeamFnData/Data`, isTriedAsWorker: true },
  { method: `${FN}.BeamFnState/State`, isTriedAsWorker: true },
  { method: `${FN}.BeamFnLogging/Logging`, isTriedAsWorker: true },
  { method: `${FN}.ProvisionService/GetProvisionInfo`, isTriedAsWorker: true },
  { method: `${JOB}.ArtifactRetrievalService/ResolveArtifacts`, isTriedAsWorker: true },
  { method: `${JOB}.ArtifactRetrievalService/GetArtifact`, isTriedAsWorker: true },
];
const JOB_METHODS = [
  `${JOB}.JobService/Prepare`,
  `${JOB}.JobService/Run`,
  `${JOB}.JobService/GetJobs`,
  `${JOB}.ArtifactStagingService/ReverseArtifactRetrievalService`,
];
const REFUSED = "UNAUTHENTICATED";

type Headers = Readonly<Record<string, string>>;

interface Worker {
  readonly id: string;
  readonly token: string;
}

describe("npm start -- --runner flink", function () {
  this.timeout(START_LIMIT_MS);
  let folder: string;
  let job: Command | undefined;
  let javaPid: number;
  let grpcPorts: readonly number[];

  before(async function () {
    onLinux(this);
    folder = makeFolder("security");
    job = npm("start", "--runner", "flink", "--sdk-workers", String(WORKERS), "--data-dir", folder);
    const pid = job.process.pid!;
    await until("its workers run", () => workersBelow(pid).length === WORKERS, START_LIMIT_MS);
    await job.until("the first summaries are shown", () => job!.output().includes("Try next:"), START_LIMIT_MS);
    javaPid = descendantsOf(pid).find(({ command }) => / FlinkLocal /.test(command))?.pid ?? 0;
    const ports = [...new Set(listeningSockets([javaPid]).map(({ port }) => port))];
    const speaking = await Promise.all(ports.map(speaksGrpc));
    grpcPorts = ports.filter((_, at) => speaking[at]);
  });
  after(async () => {
    // A second signal stops at once, without a savepoint.
    job?.process.kill("SIGINT");
    job?.process.kill("SIGINT");
    await job?.ended;
    if (folder) await removeFolder(folder);
  });

  it("listens on loopback alone, Flink's own sockets included", () => {
    const sockets = listeningBelow(job!.process.pid!);
    assert.ok(sockets.length >= grpcPorts.length, `${sockets.length} sockets`);
    assert.deepEqual(openSockets(sockets), []);
  });

  for (const { method, isTriedAsWorker } of WORKER_METHODS) {
    it(`${nameOf(method)} is open to its own worker alone`, async () => {
      const ports = await portsOf(method);
      assert.equal(ports.length, WORKERS);
      const workers = workersOf(job!);
      const [one, other] = workers;
      const attack = async (port: number): Promise<void> => {
        for (const worker of workers) {
          await refuses(port, method, { worker_id: worker.id });
          await refuses(port, method, { worker_id: worker.id, authorization: `Bearer ${"A".repeat(43)}` });
          await refuses(port, method, { worker_id: worker.id, authorization: `Bearer ${jobToken()}` });
          await refuses(port, method, { authorization: `Bearer ${worker.token}` });
        }
        await refuses(port, method, { worker_id: one!.id, authorization: `Bearer ${other!.token}` });
        await refuses(port, method, { worker_id: other!.id, authorization: `Bearer ${one!.token}` });
        if (!isTriedAsWorker) return;
        const codes = await Promise.all(workers.map((worker) => codeOf(port, method, headersOf(worker))));
        assert.equal(codes.filter((code) => code !== REFUSED).length, 1, codes.join());
      };
      await Promise.all(ports.map(attack));
    });
  }

  for (const method of JOB_METHODS) {
    it(`${nameOf(method)} is open to who started the server alone`, async () => {
      const [port, ...more] = await portsOf(method);
      assert.ok(port !== undefined && more.length === 0);
      await refuses(port, method, {});
      await refuses(port, method, { authorization: `Bearer ${"A".repeat(43)}` });
      for (const worker of workersOf(job!)) await refuses(port, method, headersOf(worker));
      assert.notEqual(await codeOf(port, method, { authorization: `Bearer ${jobToken()}` }), REFUSED);
    });
  }

  it("answers who has the token", async () => {
    const [jobPort] = await portsOf(`${JOB}.JobService/GetJobs`);
    const authorization = `Bearer ${jobToken()}`;
    assert.equal(await codeOf(jobPort!, `${JOB}.JobService/GetJobs`, { authorization }), "OK");
    const [worker] = workersOf(job!);
    const ports = await portsOf(`${FN}.ProvisionService/GetProvisionInfo`);
    const answers = ports.map((port) => codeOf(port, `${FN}.ProvisionService/GetProvisionInfo`, headersOf(worker!)));
    assert.deepEqual((await Promise.all(answers)).sort(), ["OK", REFUSED]);
  });

  it("keeps tokens out of command lines, files, and the hands of others", async () => {
    const workers = workersOf(job!);
    const tokens = [jobToken(), ...workers.map(({ token }) => token)];
    assert.equal(new Set(tokens).size, 1 + WORKERS);
    for (const token of tokens) assert.match(token, /^[\w-]{43}$/);
    const isKept = (text: string): boolean => !tokens.some((token) => text.includes(token));
    assert.ok(isKept(execFileSync("ps", ["-A", "-ww", "-o", "args="], { encoding: "utf8" })));
    // A checkpoint is removed when the next one is complete.
    for (const { path: file, bytes } of filesBelow(path.join(folder, "flink-runs"))) {
      assert.ok(isKept(bytes.toString("latin1")), file);
    }
    for (const pid of workersBelow(javaPid)) assert.equal(environmentOf(pid).get(JOB_TOKEN), undefined);
  });

  async function portsOf(method: string): Promise<readonly number[]> {
    const codes = await Promise.all(grpcPorts.map((port) => codeOf(port, method, {})));
    return grpcPorts.filter((_, at) => codes[at] !== "UNIMPLEMENTED");
  }

  function jobToken(): string {
    return environmentOf(javaPid).get(JOB_TOKEN) ?? "";
  }
});

async function refuses(port: number, method: string, headers: Headers): Promise<void> {
  assert.equal(await codeOf(port, method, headers), REFUSED, Object.keys(headers).join());
}

function headersOf({ id, token }: Worker): Headers {
  return { worker_id: id, authorization: `Bearer ${token}` };
}

function workersOf(job: Command): readonly Worker[] {
  return workersBelow(job.process.pid!).map((pid) => {
    const [, id = ""] = /--id=([^\0]+)/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? [];
    return { id, token: environmentOf(pid).get(WORKER_TOKEN) ?? "" };
  });
}

/** The part of a process's environment that another process of the same user can see. */
function environmentOf(pid: number): ReadonlyMap<string, string> {
  const lines = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return new Map(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

function nameOf(method: string): string {
  return method.slice(method.lastIndexOf(".") + 1);
}
