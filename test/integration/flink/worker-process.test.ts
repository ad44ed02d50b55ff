import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fnApi } from "../../../src/beam/sdk/fn-api";
import { FakeRunner } from "../../unit/beam/harness/fake-runner";
import { evenOdd, gate, gated, sizedRange, splittable } from "../../unit/beam/harness/stages";

const PROGRAM = path.join(__dirname, "../../unit/beam/harness/worker-process.ts");

describe("the worker's process", () => {
  let runner: FakeRunner;
  let child: ChildProcess;
  let standardError = "";

  async function start(env: NodeJS.ProcessEnv = {}, ...args: string[]): Promise<void> {
    runner = await FakeRunner.start();
    const own = args.length > 0 ? args : [`--id=p-1`, `--provision_endpoint=${runner.url}`];
    child = spawn(process.execPath, ["-r", "ts-node/register", PROGRAM, ...own], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    standardError = "";
    child.stderr!.on("data", (text: Buffer) => (standardError += text.toString()));
  }

  afterEach(() => {
    child.kill("SIGKILL");
    runner.kill();
  });

  async function exitCode(): Promise<unknown> {
    return child.exitCode ?? ((await once(child, "exit")) as unknown[])[0];
  }

  it("serves with nothing but its id and the provision endpoint, and ends well when the runner ends it", async () => {
    await start();
    assert.deepEqual((await evenOdd(runner).run([1, 2])).values("even"), [2]);
    runner.endWorker();
    assert.equal(await exitCode(), 0);
    assert.equal(standardError, "");
  });

  it("reaches its runner past any proxy", async () => {
    const nobody = "http://127.0.0.1:1";
    await start({ https_proxy: nobody, grpc_proxy: "", no_proxy: "", no_grpc_proxy: "" });
    assert.deepEqual((await evenOdd(runner).run([1, 2])).values("even"), [2]);
    runner.endWorker();
    assert.equal(await exitCode(), 0);
  });

  it("shows its runner the token of its environment", async () => {
    await start({ BEAM_WORKER_TOKEN: "secret" });
    await evenOdd(runner).run([1, 2]);
    assert.equal(runner.authorizations.get("control"), "Bearer secret");
    runner.endWorker();
    assert.equal(await exitCode(), 0);
  });

  it("ends by itself when the runner is gone, in the middle of a bundle too", async () => {
    await start();
    gate.position = -1;
    const stage = splittable(runner, gated);
    assert.deepEqual((await stage.run([sizedRange(0, 2)])).values("main"), [0, 1]);
    const instructionId = runner.newInstructionId();
    void stage.begin(instructionId);
    await runner.send(instructionId, "fn/read", stage.encode([sizedRange(0, 5)]));
    runner.kill();
    assert.equal(await exitCode(), 1);
    assert.match(standardError, /stream to the runner broke/);
  });

  it("ends when it fails and nobody reads what it says", async () => {
    await start({ TEST_WORKER_FAILS: "1" });
    child.stderr!.destroy();
    assert.equal(await exitCode(), 1);
  });

  it("tells the runner what ended it, and its own log, quoting nothing where authors' text is hidden", async () => {
    await start({ TEST_WORKER_FAILS: "1", TEST_WORKER_HIDES: "1", CHAT_SESSIONS_LOG_LEVEL: "warn" });
    assert.equal(await exitCode(), 1);
    const last = runner.logs.find(({ severity }) => severity === fnApi.LogEntry_Severity_Enum.CRITICAL);
    assert.match(last?.message ?? "", /TypeError at /);
    assert.match(last?.trace ?? "", /worker-process\.ts/);
    const own = runner.logs.find(({ logLocation }) => logLocation === "test");
    assert.equal(own?.message, "about to fail attempts=3");
    assert.doesNotMatch(
      standardError + JSON.stringify(runner.logs.map(({ message, trace }) => message + trace)),
      /secret/,
    );
  });

  const PRINTED = [
    ["INFO", "read 3 { of: 'secret' }"],
    ["DEBUG", "detail"],
    ["WARN", "one"],
    ["WARN", "two"],
    ["ERROR", "no answer"],
    ["WARN", "plain"],
    ["INFO", "no end of lin€written"],
  ] as const;

  const printed = () =>
    runner.logs
      .filter(({ logLocation }) => logLocation === "pipeline")
      .map(({ severity, message }) => [fnApi.LogEntry_Severity_Enum[severity], message]);

  it("sends what authors print to the runner, by lines and with levels, and nowhere else", async () => {
    await start({ TEST_WORKER_PRINTS: "1" });
    await runner.until(() => printed().length === PRINTED.length);
    assert.deepEqual(printed(), PRINTED);
    assert.equal(standardError, "");
  });

  it("keeps what authors print in a log of its own as well", async () => {
    await start({ TEST_WORKER_PRINTS: "1", BEAM_WORKER_LOG: "/dev/null" });
    await runner.until(() => printed().length === PRINTED.length);
    assert.equal(standardError, "one\ntwo\nno answer\nplain\n");
  });

  it("keeps what is printed to itself where authors' text is hidden", async () => {
    await start({
      TEST_WORKER_PRINTS: "1",
      TEST_WORKER_HIDES: "1",
      TEST_WORKER_FAILS: "1",
      BEAM_WORKER_LOG: "/dev/null",
    });
    assert.equal(await exitCode(), 1);
    assert.deepEqual(printed(), []);
    assert.doesNotMatch(standardError, /one|two|no answer|plain|secret/);
  });

  it("says in one sentence what it was not told", async () => {
    await start({}, "--id=p-1");
    assert.equal(await exitCode(), 1);
    assert.match(standardError, /^\[BAD_OPTION\] The worker was started without --provision_endpoint\.\n/);
  });
});
