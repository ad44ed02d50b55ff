import assert from "node:assert/strict";
import { JobError } from "../../../src/errors";
import type { JobRun } from "../../../src/job/runner";
import { withSavepointStop } from "../../../src/job/savepoint-stop";

const NO_SAVEPOINT = new JobError("FLINK", "No savepoint could be made: a task was not running.");

/** A run that ends when it is cancelled, or when a savepoint succeeds; `answers` are those of Flink, in turn. */
function stage(answers: readonly (string | JobError)[]) {
  const said: string[] = [];
  const asked: string[] = [];
  let end: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (end = resolve));
  const run: JobRun = {
    finished,
    metrics: async () => [],
    drain: () => assert.fail("the run itself cannot drain"),
    cancel: async () => end(),
  };
  const rest = {
    jobs: async () => [
      { jid: "old", name: "", state: "CANCELED", "start-time": 1 },
      { jid: "own", name: "", state: "RUNNING", "start-time": 2 },
    ],
    stopWithSavepoint: async (id: string, { directory = "" } = {}) => {
      asked.push(`${id} ${directory}`);
      const answer = answers[asked.length - 1] ?? assert.fail("asked too often");
      if (typeof answer !== "string") throw answer;
      end();
      return answer;
    },
  };
  const stopping = withSavepointStop(run, { rest, directory: "/kept", say: (line) => said.push(line) });
  return { stopping, said, asked };
}

describe("a stop with a savepoint", () => {
  it("asks for one of the job that runs, and knows its path", async () => {
    const { stopping, asked } = stage(["file:/kept/one"]);
    assert.equal(stopping.savepoint?.(), undefined);
    await stopping.drain();
    assert.deepEqual(asked, ["own /kept"]);
    assert.equal(stopping.savepoint?.(), "file:/kept/one");
  });

  it("asks again when it could not be made, and says so", async () => {
    const { stopping, said, asked } = stage([NO_SAVEPOINT, "file:/kept/two"]);
    await stopping.drain();
    assert.equal(asked.length, 2);
    assert.equal(stopping.savepoint?.(), "file:/kept/two");
    assert.match(said.join(), /a task was not running\. Trying again/);
  });

  it("ends without one when the job is cancelled meanwhile", async () => {
    const { stopping } = stage([NO_SAVEPOINT]);
    const drained = stopping.drain();
    await stopping.cancel();
    await drained;
    assert.equal(stopping.savepoint?.(), undefined);
  });
});
