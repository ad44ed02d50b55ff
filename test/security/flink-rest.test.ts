/** Attacks the embedded Flink's REST service as web pages, foreign names and other users of the machine would. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { bundleWorker } from "../../src/beam/flink/bundle-worker";
import { flinkPipelineOptions } from "../../src/beam/flink/flink-options";
import { FlinkRest } from "../../src/beam/flink/flink-rest";
import { PortableRunner } from "../../src/beam/flink/runner";
import { type RunningFlinkJobServer, startFlinkJobServer } from "../../src/beam/flink/embedded/launch";
import { makeFlinkRunFolder } from "../../src/beam/flink/embedded/runs";
import { flinkJobs } from "../../src/cli/flink";
import { Job } from "../../src/beam/testing/support/job";
import { filesBelow } from "../support/privacy/files-below";
import { workersBelow } from "../support/processes/running";
import { type RawAnswer, type RawRequest, sendRaw } from "../support/requests/raw-http";
import { makeFolder, removeFolder } from "../support/temporary-folder";
import { until } from "../support/until";

const LIMIT_MS = 90_000;
const JAR = Buffer.from("PK\u0005\u0006".padEnd(22, "\0"), "latin1");

type Headers = RawRequest["headers"];

describe("The embedded Flink's REST service", function () {
  this.timeout(2 * LIMIT_MS);
  let dataDirectory = "";
  let folder = "";
  let server: RunningFlinkJobServer;
  let jobs: Job | undefined;
  let port = 0;
  let job = "";
  let token: readonly [string, string];

  const ownJobs = async (): Promise<readonly string[]> =>
    (await new FlinkRest(server.webUrl).jobs()).filter(({ state }) => state === "RUNNING").map(({ jid }) => jid);
  const startJob = async (): Promise<string> => {
    const before = await ownJobs();
    const { length } = jobs!.collected("out");
    await jobs!.start((root) => jobs!.collect(jobs!.records(root, "one", [{ value: 1, atMs: 0 }]), "out"));
    let started: string | undefined;
    const isThere = async (): Promise<boolean> =>
      (started = (await ownJobs()).find((id) => !before.includes(id))) !== undefined;
    await until("the job runs", isThere, LIMIT_MS);
    await until("its tasks run", () => jobs!.collected("out").length > length, LIMIT_MS);
    return started!;
  };
  const host = (): readonly [string, string] => ["Host", `127.0.0.1:${port}`];
  const ask = (
    method: string,
    target: string,
    headers: Headers = [host()],
    body?: string | Buffer,
  ): Promise<RawAnswer> =>
    sendRaw(port, {
      method,
      target,
      headers: [...headers, ["Connection", "close"]],
      ...(body === undefined ? {} : { body }),
    });
  const upload = (...headers: Headers): Promise<RawAnswer> => {
    const head = `--b\r\nContent-Disposition: form-data; name="jarfile"; filename="evil.jar"\r\n`;
    const type = "Content-Type: application/x-java-archive\r\n\r\n";
    const body = Buffer.concat([Buffer.from(head + type), JAR, Buffer.from("\r\n--b--\r\n")]);
    return ask("POST", "/jars/upload", [...headers, ["Content-Type", "multipart/form-data; boundary=b"]], body);
  };

  before(async () => {
    dataDirectory = makeFolder("flink-rest");
    folder = (await makeFlinkRunFolder(dataDirectory)).path;
    server = await startFlinkJobServer({ dataDirectory: folder, isShortLived: true });
    port = Number(new URL(server.webUrl).port);
    token = ["Authorization", `Bearer ${server.restToken}`];
    const entry = path.resolve(__dirname, "../../src/beam/testing/worker.ts");
    const workerCommand = await bundleWorker({ entry, directory: path.join(dataDirectory, "workers") });
    const options = { parallelism: 1, workers: 1, checkpointIntervalMs: 1_000, maxBundleElements: 10, maxBundleMs: 5 };
    const runner = new PortableRunner({
      jobService: server.jobService,
      jobName: "attacked",
      workerCommand,
      workerEnvironment: {},
      pipelineOptions: flinkPipelineOptions({ ...options, isBounded: false }),
    });
    jobs = new Job(runner, LIMIT_MS);
    job = await startJob();
  });

  afterEach("the job still runs", async function () {
    if (this.currentTest?.title.startsWith("npm run flink") === true) return;
    assert.deepEqual(await ownJobs(), [job]);
  });

  after(async () => {
    await server?.stop();
    await jobs?.close();
    await removeFolder(dataDirectory);
  });

  it("takes no jar: not from a web page, not under a foreign name, not without its token, and not with it", async () => {
    const evil = ["Origin", "http://evil.example"] as const;
    assert.deepEqual((await upload(host(), evil)).statuses, [403]);
    assert.deepEqual((await upload(host(), evil, token)).statuses, [403]);
    assert.deepEqual((await upload(["Host", `evil.example:${port}`], token)).statuses, [403]);
    assert.deepEqual((await upload(host())).statuses, [401]);
    assert.deepEqual((await upload(host(), ["Authorization", "Bearer x"])).statuses, [401]);
    assert.deepEqual((await upload(host(), token, token)).statuses, [401]);
    assert.deepEqual(
      filesBelow(folder).filter(({ path: file }) => file.endsWith("evil.jar")),
      [],
      "a refused upload was written to disk",
    );
    // Flink refuses a body of several parts before it looks for a handler.
    assert.deepEqual((await upload(host(), token)).statuses, [400]);
  });

  it("changes nothing without its token, and does not see a change as a look, however it is spelt", async () => {
    const id = job;
    const cancel = `/jobs/${id}/yarn-cancel`;
    const attacks: readonly (readonly [method: string, target: string])[] = [
      // All of Flink 1.19's addresses that change something, or run uploaded code.
      ...["/jars", "/jars/a.jar/plan", cancel, `/jobs/${id}/yarn-stop`].map((target) => ["GET", target] as const),
      ...["/jars/upload", "/jars/a.jar/run", "/jars/a.jar/plan", "/jobs", "/savepoint-disposal"].map(
        (target) => ["POST", target] as const,
      ),
      ...["/jobmanager/profiler", "/taskmanagers/a/profiler"].map((target) => ["POST", target] as const),
      ...["checkpoints", "savepoints", "stop", "coordinators/a"].map(
        (verb) => ["POST", `/jobs/${id}/${verb}`] as const,
      ),
      ...["", "?mode=cancel", "/clientHeartbeat", "/rescaling?parallelism=2"].map(
        (rest) => ["PATCH", `/jobs/${id}${rest}`] as const,
      ),
      ["PUT", `/jobs/${id}/resource-requirements`],
      ...["/cluster", "/jars/a.jar", "/datasets/a"].map((target) => ["DELETE", target] as const),
      // One change in other spellings.
      ...[
        `/${cancel}`,
        `${cancel}/`,
        `${cancel}?get=/jobs/overview`,
        `${cancel}#/jobs/overview`,
        `${cancel};a=/jobs/overview`,
        cancel.replace("/yarn", "//yarn"),
        cancel.replace("/yarn", "/./yarn"),
        cancel.replace("yarn", "%79arn"),
        cancel.replace("/yarn", "%2Fyarn"),
        cancel.replace("yarn-cancel", "YARN-CANCEL"),
        `/v1${cancel}`,
        `/v1/${cancel}`,
        `/assets/..${cancel}`,
        `http://127.0.0.1:${port}${cancel}`,
        cancel.slice(1),
      ].map((target) => ["GET", target] as const),
      ...["HEAD", "OPTIONS", "get", "TRACE", "X"].map((method) => [method, cancel] as const),
    ];
    for (const [method, target] of attacks) {
      const { statuses } = await ask(method, target);
      assert.ok(statuses.length === 1 && [400, 401].includes(statuses[0]!), `${method} ${target}: ${statuses.join()}`);
    }
  });

  it("lets no request through that comes behind others on its connection", async () => {
    const look: RawRequest = { method: "GET", target: "/overview", headers: [host()] };
    const change: RawRequest = { method: "PATCH", target: `/jobs/${job}?mode=cancel`, headers: [host()] };
    const behind = await sendRaw(port, look, change);
    assert.ok(behind.statuses.includes(401), behind.text);
    const withToken = { ...change, headers: [host(), token] };
    const afterRefusal = await sendRaw(port, { ...change, body: "x".repeat(100_000) }, withToken);
    assert.deepEqual(afterRefusal.statuses, [401]);
  });

  it("answers to no foreign name and no foreign page, not even a look", async () => {
    const refused: readonly Headers[] = [
      [],
      [["Host", "127.0.0.1"]],
      [["Host", `127.0.0.1:${port + 1}`]],
      [["Host", `evil.example:${port}`]],
      [["Host", `127.0.0.1.evil.example:${port}`]],
      [host(), ["Host", `evil.example:${port}`]],
      [host(), host()],
      ...[
        "http://evil.example",
        "null",
        `http://localhost:${port}`,
        `https://127.0.0.1:${port}`,
        "http://127.0.0.1",
      ].map((origin): Headers => [host(), ["Origin", origin]]),
      [host(), ["Origin", server.webUrl], ["Origin", "http://evil.example"]],
      ...["cross-site", "same-site", ""].map((site): Headers => [host(), ["Sec-Fetch-Site", site]]),
    ];
    for (const headers of refused) {
      const { statuses } = await ask("GET", "/overview", headers);
      assert.deepEqual(statuses, [403], JSON.stringify(headers));
      assert.deepEqual((await ask("GET", "/overview", [...headers, token])).statuses, [403], JSON.stringify(headers));
    }
    const taken: readonly Headers[] = [
      [host()],
      [["host", `LOCALHOST:${port}`]],
      [host(), ["Origin", server.webUrl], ["Sec-Fetch-Site", "same-origin"]],
      [host(), ["Sec-Fetch-Site", "none"]],
    ];
    for (const headers of taken) {
      const { statuses, text } = await ask("GET", "/overview", headers);
      assert.deepEqual(statuses, [200], JSON.stringify(headers));
      assert.doesNotMatch(text, /^access-control-allow-origin: *\S/im);
    }
  });

  it("still has its web page, for looking", async () => {
    const page = await (await fetch(server.webUrl)).text();
    const files = [...page.matchAll(/(?:src|href)="([^":]+\.\w+)"/g)].map(([, file]) => file!);
    assert.ok(files.length > 3, page);
    const config = (await (await fetch(`${server.webUrl}/config`)).json()) as { features: Record<string, unknown> };
    assert.equal(config.features["web-submit"], false);
    assert.equal(config.features["web-cancel"], false);
    const { vertices } = await new FlinkRest(server.webUrl).job(job);
    const task = `/jobs/${job}/vertices/${vertices[0]!.id}`;
    const looks = [
      ...files.map((file) => `/${file.replace(/^\.?\//, "")}`),
      ...["/jobs", "/jobs/overview", "/v1/jobs/overview", "/taskmanagers", "/jobmanager/config", "/jobmanager/metrics"],
      ...["", "/", "/checkpoints", "/checkpoints/config", "/config", "/plan", "/metrics?get=uptime", "/exceptions"].map(
        (rest) => `/jobs/${job}${rest}`,
      ),
      ...["", "/watermarks", "/backpressure", "/subtasktimes", "/taskmanagers", "/subtasks/metrics"].map(
        (rest) => `${task}${rest}`,
      ),
    ];
    for (const look of looks) {
      const answer = await fetch(`${server.webUrl}${look}`);
      await answer.arrayBuffer();
      assert.equal(answer.status, 200, look);
    }
  });

  it("keeps its token where only its user can read it", async () => {
    const secret = server.restToken;
    const holders = filesBelow(folder).flatMap(({ path: file, bytes }) => (bytes.includes(secret) ? [file] : []));
    assert.deepEqual(holders, [path.join(folder, "rest-token.json")]);
    assert.equal(statSync(holders[0]!).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    const ofProcess = (pid: number, what: "cmdline" | "environ"): string =>
      readFileSync(`/proc/${pid}/${what}`, "utf8");
    if (!existsSync("/proc/self/environ")) return;
    assert.ok(!ofProcess(server.pid, "cmdline").includes(secret));
    await until("a worker runs", () => workersBelow(server.pid).length > 0, LIMIT_MS);
    for (const worker of workersBelow(server.pid)) assert.ok(!ofProcess(worker, "environ").includes(secret));
  });

  it("npm run flink finds the token of its folder, and looks, saves, stops and cancels with it", async () => {
    const at = ["--flink-master", `http://localhost:${port}`];
    const own = [...at, "--data-dir", dataDirectory];
    const saves = ["--savepoint-dir", path.join(dataDirectory, "savepoints")];
    const elsewhere = path.join(dataDirectory, "elsewhere");
    assert.match(await flinkJobs(["list", ...at, "--data-dir", elsewhere], {}), new RegExp(`^${job} +RUNNING`, "m"));
    await assert.rejects(
      flinkJobs(["cancel", ...at, "--data-dir", elsewhere], {}),
      /takes changes with its token alone/,
    );
    assert.match(await flinkJobs(["list", ...own], {}), new RegExp(`^${job} +RUNNING`, "m"));
    const isSaved = (savepoint: string): boolean => existsSync(path.join(savepoint.replace(/^file:/, ""), "_metadata"));
    assert.ok(isSaved(await flinkJobs(["savepoint", ...own, ...saves], {})));
    const [kept = ""] = (await flinkJobs(["stop", job, ...own, ...saves], {})).split("\n");
    assert.ok(isSaved(kept));
    const second = await startJob();
    await flinkJobs(["cancel", second, ...own], {});
    await until("the job has ended", async () => (await ownJobs()).length === 0, LIMIT_MS);
  });
});
