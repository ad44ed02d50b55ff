import assert from "node:assert/strict";
import { FnApiLogger } from "../../../../src/beam/harness/logging";
import { logPinoLine } from "../../../../src/beam/harness/pino-lines";
import { fnApi } from "../../../../src/beam/sdk/fn-api";
import { FakeRunner } from "./fake-runner";

describe("a worker's log", () => {
  let runner: FakeRunner;
  let elsewhere: string[];

  beforeEach(async () => {
    elsewhere = [];
    runner = await FakeRunner.start();
  });
  afterEach(() => runner.kill());

  function open(url: string | undefined): FnApiLogger {
    return new FnApiLogger(url, { id: "w" }, (line) => elsewhere.push(line));
  }

  it("reaches the runner with severity, instruction, transform and time, and ends with the last line", async () => {
    const logger = open(runner.url);
    const before = BigInt(Math.floor(Date.now() / 1_000));
    logger.log("WARN", "slow", { instructionId: "i-1", transformId: "t-1", trace: "at x" });
    logger.log("INFO", "last");
    await logger.end();
    const [warning, last] = runner.logs;
    assert.deepEqual(
      [warning?.severity, warning?.message, warning?.instructionId, warning?.transformId, warning?.trace],
      [fnApi.LogEntry_Severity_Enum.WARN, "slow", "i-1", "t-1", "at x"],
    );
    assert(warning!.timestamp!.seconds >= before);
    assert.equal(last?.message, "last");
    assert.deepEqual(elsewhere, []);
  });

  it("goes to standard error when there is no service, or it is gone", async () => {
    open(undefined).log("ERROR", "nobody listens", { transformId: "t" });
    assert.deepEqual(JSON.parse(elsewhere[0]!), { severity: "ERROR", message: "nobody listens", transformId: "t" });
    const logger = open(runner.url);
    await runner.until(() => runner.logging !== undefined);
    logger.log("WARN", "waits");
    runner.kill();
    while (elsewhere.length < 2) await new Promise((resolve) => setImmediate(resolve));
    logger.log("WARN", "too late");
    assert.deepEqual(
      elsewhere.slice(1).map((line) => (JSON.parse(line) as { message: string }).message),
      ["waits", "too late"],
    );
    await logger.end();
  });

  it("is bounded while the runner does not read, and says how much was dropped", async () => {
    const logger = open(runner.url);
    await runner.until(() => runner.logging !== undefined);
    runner.logging!.pause();
    const text = "x".repeat(1_000);
    for (let line = 0; line < 60_000; line++) {
      logger.log("INFO", text);
      if (line % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    runner.logging!.resume();
    const sumOf = (count: (message: string) => number): number =>
      runner.logs.reduce((sum, { message }) => sum + count(message), 0);
    const arrived = (): number => sumOf((message) => Number(message === text));
    const dropped = (): number => sumOf((message) => Number(/^(\d+) log lines were dropped/.exec(message)?.[1] ?? 0));
    await runner.until(() => arrived() + dropped() === 60_000);
    assert(dropped() > 0);
    await logger.end();
  });

  it("is bounded by bytes as well", async () => {
    const logger = open(runner.url);
    await runner.until(() => runner.logging !== undefined);
    runner.logging!.pause();
    const text = "x".repeat(100_000);
    for (let line = 0; line < 400; line++) {
      logger.log("INFO", text);
      if (line % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 150));
    }
    runner.logging!.resume();
    const told = (): number =>
      runner.logs.reduce((sum, { message }) => sum + Number(/^(\d+) log lines/.exec(message)?.[1] ?? 1), 0);
    await runner.until(() => told() === 400);
    assert.ok(runner.logs.length < 400, "nothing was dropped");
    await logger.end();
  });

  it("takes the lines of the program's own log", async () => {
    const logger = open(runner.url);
    const time = "2024-05-06T07:08:09.123Z";
    logPinoLine(logger, JSON.stringify({ level: 40, time, name: "bedrock", msg: "throttled", attempts: 3, code: "X" }));
    logPinoLine(logger, JSON.stringify({ level: 20, time, name: "sink", msg: "bulk" }));
    await logger.end();
    const [warning, debug] = runner.logs;
    assert.equal(warning?.severity, fnApi.LogEntry_Severity_Enum.WARN);
    assert.equal(warning.message, "throttled attempts=3 code=X");
    assert.equal(warning.logLocation, "bedrock");
    assert.equal(Number(warning.timestamp!.seconds) * 1_000 + warning.timestamp!.nanos / 1e6, Date.parse(time));
    assert.equal(debug?.severity, fnApi.LogEntry_Severity_Enum.DEBUG);
  });
});
