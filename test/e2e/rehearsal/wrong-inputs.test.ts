/**
 * Inputs that keep the managed service's jar from starting: each ends with one sentence, in Flink's answer and in its
 * log.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { failureOf } from "../../../src/beam/flink/failure";
import { BeamError } from "../../../src/beam/error";
import type { FatalCode } from "../../../src/chat/errors";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import { PYTHON_LIMIT_MS, pythonFor } from "../../support/aws/python";
import { type TestServices, startServices } from "../../support/services";
import { until } from "../../support/until";
import { hostsFor } from "./support/bare-host";
import { rehearsalJar } from "./support/jars";
import { type ManagedCluster, propertiesFor, startManagedCluster } from "./support/managed-cluster";

const run = promisify(execFile);
const STREAM = "wrong-inputs";
const NOBODY = "http://127.0.0.1:1";
const MISFIT = "wrong-vectors";
const DENIED = "anthropic.claude-3-haiku-20240307-v1:0";

interface Wrong {
  readonly what: string;
  /** Undefined leaves a property out. */
  readonly change: Readonly<Record<string, string | undefined>>;
  readonly code: FatalCode;
  readonly says: RegExp;
}

const WRONG: readonly Wrong[] = [
  { what: "a missing property", change: { stream: undefined }, code: "BAD_OPTION", says: /stream is missing/ },
  {
    what: "an unknown property",
    change: { "sesion-gap": "5m" },
    code: "BAD_OPTION",
    says: /did you mean session-gap\./,
  },
  { what: "a value out of range", change: { concurrency: "0" }, code: "BAD_OPTION", says: /concurrency must be/ },
  {
    what: "too many workers",
    change: { "sdk-workers": "9" },
    code: "BAD_OPTION",
    says: /sdk-workers must be 2 at most/,
  },
  { what: "a stream that does not exist", change: { stream: "no-such" }, code: "STREAM_NOT_FOUND", says: /"no-such"/ },
  {
    what: "a model without access",
    change: { "summary-model": DENIED },
    code: "ACCESS_DENIED",
    says: new RegExp(DENIED),
  },
  {
    what: "a model that does not exist",
    change: { "summary-model": "no.such" },
    code: "MODEL_NOT_FOUND",
    says: /no\.such/,
  },
  { what: "an index with other dimensions", change: { index: MISFIT }, code: "INDEX_MISFIT", says: /"wrong-vectors"/ },
];

describe("the managed service's jar with wrong inputs", function () {
  this.timeout(180_000);
  let services: TestServices;
  let bedrock: LocalBedrock;
  let cluster: ManagedCluster;

  before(async function () {
    this.timeout(PYTHON_LIMIT_MS);
    await hostsFor(this);
    await pythonFor(this);
    await rehearsalJar("first");
    services = await startServices();
    bedrock = await startLocalBedrock(0, { denied: [DENIED] });
    cluster = await startManagedCluster({ version: "1.19.1", taskManagers: 0 });
    await services.kinesis.createStream(STREAM, 1);
    const mappings = { properties: { embedding: { type: "knn_vector", dimension: 8 } } };
    const made = await fetch(`${services.openSearch.url()}/${MISFIT}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ settings: { index: { knn: true } }, mappings }),
    });
    assert.equal(made.status, 200);
  });
  after(async () => {
    await Promise.all([cluster?.stop(), services?.stop(), bedrock?.close()]);
  });

  /** The refusal, once it was found in the log too. */
  async function refusalOf(jar: string): Promise<BeamError> {
    const { rest, flink } = cluster;
    const refusal = await rest.runJar(await rest.uploadJar(jar)).then(
      () => assert.fail("it was started"),
      (error: unknown) => error,
    );
    assert.ok(refusal instanceof BeamError, String(refusal));
    assert.equal(refusal.message.includes("\n"), false, "one sentence");
    const log = await readFile(path.join(flink.directory, "jobmanager/flink.log"), "utf8");
    assert.ok(log.includes(`[${refusal.code}] ${refusal.message}`), "the log says it too");
    return refusal;
  }

  const right = (): Record<string, string> => ({
    ...propertiesFor(services.targets(STREAM)),
    "bedrock-endpoint": `http://127.0.0.1:${bedrock.port}`,
  });

  it("says that there are no runtime properties", async () => {
    const { code, message } = await refusalOf(await rehearsalJar("first"));
    const sentence = "There are no runtime properties at /etc/flink/application_properties.json.";
    assert.deepEqual({ code, message }, { code: "BAD_OPTION", message: sentence });
  });

  for (const { what, change, code, says } of WRONG) {
    it(`refuses ${what}`, async () => {
      const properties = Object.entries({ ...right(), ...change }).filter(([, value]) => value !== undefined);
      await cluster.setProperties(Object.fromEntries(properties) as Record<string, string>);
      const refusal = await refusalOf(await rehearsalJar("first"));
      assert.equal(refusal.code, code, refusal.message);
      assert.match(refusal.message, says);
    });
  }

  it("refuses another processor", async () => {
    const { code, message } = await refusalOf(await rehearsalJar("otherProcessor"));
    const sentence = "The worker in this jar runs on Linux s390x, and this host is Linux amd64.";
    assert.deepEqual({ code, message }, { code: "WORKER", message: sentence });
  });

  it("says why the program that builds the pipeline cannot be started", async () => {
    const { code, message } = await refusalOf(await rehearsalJar("noProgram"));
    const sentence =
      "The program that builds the pipeline cannot be started on the JobManager's host: No such file or directory.";
    assert.deepEqual({ code, message }, { code: "WORKER", message: sentence });
  });

  it("starts while services are away, and says so in the log", async () => {
    await cluster.setProperties({ ...right(), "kinesis-endpoint": NOBODY, "opensearch-endpoint": NOBODY });
    const { rest } = cluster;
    const job = await rest.runJar(await rest.uploadJar(await rehearsalJar("first")));
    await rest.cancel(job);
    const log = await readFile(path.join(cluster.flink.directory, "jobmanager/flink.log"), "utf8");
    assert.match(log, /WARN .*Kinesis does not answer at http:\/\/127\.0\.0\.1:1 .* The job starts all the same/);
    assert.match(log, /WARN .*OpenSearch at 127\.0\.0\.1:1 does not answer .* The job starts all the same/);
  });

  it("says in the job's own failure that a TaskManager cannot write its temporary folder", async () => {
    await cluster.setProperties(right());
    const { rest, flink } = cluster;
    const { pid } = await flink.startTaskManager();
    await mountOver(await workerFolder(flink.directory, "taskmanager-1"), pid, "ro");
    const job = await rest.runJar(await rest.uploadJar(await rehearsalJar("first")));
    let stackTrace: string | undefined;
    await until(
      "the job fails",
      async () => (stackTrace = (await rest.failures(job, 1))[0]?.stacktrace) !== undefined,
      100_000,
    );
    await rest.cancel(job);
    const { code, message } = failureOf([stackTrace!]);
    assert.equal(code, "WORKER", message);
    assert.match(message, /cannot be unpacked into \S+ \(Read-only file system\): java\.io\.tmpdir must name/);
    assert.equal(message.includes("\n"), false, "one sentence");
  });

  // The last test, since nothing can be started here after it.
  it("refuses a temporary folder whose files may not be run", async () => {
    await cluster.setProperties(right());
    const { flink } = cluster;
    await mountOver(await workerFolder(flink.directory, "jobmanager"), flink.jobManagerPid(), "noexec");
    const { code, message } = await refusalOf(await rehearsalJar("first"));
    assert.equal(code, "WORKER", message);
    assert.match(message, /cannot be executed.*noexec.*java\.io\.tmpdir/);
  });
});

/** The folder into which a process of the cluster unpacks the worker, as the JobManager has done before. */
async function workerFolder(clusterDirectory: string, process: string): Promise<string> {
  const unpacked = await readdir(path.join(clusterDirectory, "jobmanager/tmp"), { recursive: true });
  const [program = ""] = unpacked.filter((name) => name.endsWith("/worker.js"));
  return path.join(clusterDirectory, process, "tmp", path.dirname(program));
}

/** Mounts an empty folder of its user's own over this one, for one process, which has mounts of its own. */
async function mountOver(folder: string, pid: number, option: "ro" | "noexec"): Promise<void> {
  await mkdir(folder, { recursive: true });
  const mount = ["mount", "-t", "tmpfs", "-o", `${option},mode=0700`, "empty", `/proc/${pid}/root${folder}`];
  await run("nsenter", [`--mount=/proc/${pid}/ns/mnt`, ...mount]);
}
