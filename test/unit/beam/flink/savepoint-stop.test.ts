import assert from "node:assert/strict";
import { deferred } from "../../../../src/beam/deferred";
import { FlinkRefusal } from "../../../../src/beam/flink/flink-http";
import { BeamError } from "../../../../src/beam/error";
import type { PipelineRun } from "../../../../src/beam/runner";
import { withSavepointStop } from "../../../../src/beam/flink/savepoint-stop";
import { isFatal } from "../../../support/chat/fatal";

const NO_SAVEPOINT = new BeamError("FLINK", "No savepoint could be made: a task was not running.");

/** A run that ends when it is cancelled, or when a savepoint succeeds; `answers` are those of Flink, in turn. */
function stage(answers: readonly (string | Error)[], endsAllTheSame = false) {
  const said: string[] = [];
  const asked: string[] = [];
  const { promise: finished, resolve: end } = deferred();
  const run: PipelineRun = {
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
      if (typeof answer === "string" || endsAllTheSame) end();
      if (typeof answer !== "string") throw answer;
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

  it("asks once only for what cannot pass, and says why", async () => {
    const nowhere = new FlinkRefusal(400, "Flink refused: Config key [state.savepoints.dir] is not set.");
    const refused = stage([nowhere]);
    await assert.rejects(refused.stopping.drain(), nowhere);
    assert.deepEqual(refused.said, []);
    const broken = stage([new TypeError("x is undefined")]);
    await assert.rejects(broken.stopping.drain(), TypeError);
  });

  it("asks again after trouble within Flink, and says the same only once", async () => {
    const busy = new FlinkRefusal(500, "Flink refused: timeout.");
    const { stopping, said, asked } = stage([busy, busy, "file:/kept/three"]);
    await stopping.drain();
    assert.equal(asked.length, 3);
    assert.equal(said.length, 1);
  });

  it("does not pass over a savepoint that nobody knows where it is", async () => {
    const unknown = new BeamError("SERVICE_UNREACHABLE", "Flink does not answer.");
    const { stopping } = stage([unknown], true);
    await assert.rejects(stopping.drain(), isFatal("SERVICE_UNREACHABLE", /does not answer/));
    assert.equal(stopping.savepoint?.(), undefined);
  });
});
