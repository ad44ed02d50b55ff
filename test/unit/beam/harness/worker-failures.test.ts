import assert from "node:assert/strict";
import { fnApi } from "../../../../src/beam/sdk/fn-api";
import type { WorkerOptions } from "../../../../src/beam/harness/worker";
import type { FakeRunner } from "./fake-runner";
import { SOURCE } from "./fake-stage";
import { evenOdd, throwOn } from "./stages";
import { WorkerFixture } from "./worker-fixture";

describe("failures in a worker", () => {
  const fixture = new WorkerFixture();
  let runner: FakeRunner;

  const start = async (workerOptions: WorkerOptions = {}): Promise<void> => {
    runner = await fixture.start({}, workerOptions);
  };
  afterEach(() => fixture.stop());
  it("fails a bundle with the stage's name, quotes nothing where text is hidden, and goes on with the next", async () => {
    await start({ authorText: "hidden" });
    const stage = throwOn(runner, 13);
    const instructionId = runner.newInstructionId();
    const bad = await stage.run([1, 13, 2], { instructionId });
    assert.match(bad.error, /^The stage "ThrowOn" failed with TypeError at /);
    assert.doesNotMatch(bad.error, /secret/);
    // Stands for data that the runner had on the way.
    await runner.send(instructionId, SOURCE, stage.encode([4]), true);
    assert.deepEqual((await stage.run([1, 2])).values("main"), [1, 2]);
    assert.deepEqual((await stage.run([3])).values("main"), [3]);
    await runner.until(() => runner.logs.length > 0);
    const [line] = runner.logs;
    assert.equal(line?.instructionId, instructionId);
    assert.equal(line.severity, fnApi.LogEntry_Severity_Enum.ERROR);
    assert.equal(line.transformId, stage.harness.onlyTransformId);
    assert.match(line.trace, /fns\.ts/);
    assert.doesNotMatch(
      JSON.stringify(line, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)),
      /secret/,
    );
  });

  it("fails a bundle with what its DoFn says and the frames of its stack", async () => {
    await start();
    const { error } = await throwOn(runner, 13).run([13]);
    const [message, ...frames] = error.split("\n");
    assert.match(message!, /^The stage "ThrowOn" failed with TypeError: secret 13 \(at \w+\.process .*fns\.ts:/);
    assert.match(frames[0]!, /^ {4}at \w+\.process \(.*fns\.ts:\d+:\d+\)$/);
  });

  it("fails a bundle whose data cannot be read, without its content where text is hidden", async () => {
    await start({ authorText: "hidden" });
    const stage = evenOdd(runner);
    const good = stage.encode([1]);
    const data = Buffer.from(good);
    // The last byte is the JSON text "1".
    data.write("s", data.length - 1);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    await runner.send(instructionId, SOURCE, data, true);
    const { error } = await answer;
    assert.match(error, /^The stage "fn\/read" failed with SyntaxError/);
    assert.doesNotMatch(error, /token|"s"/);
    assert.deepEqual((await stage.run([1])).values("odd"), [1]);
  });
});
