/**
 * The end of a job on a cluster, by the answers of Flink's REST service; test/integration and test/e2e/recovery have
 * real ones.
 */
import assert from "node:assert/strict";
import { ClusterRun } from "../../../../src/beam/flink/cluster-run";
import { FlinkRest } from "../../../../src/beam/flink/flink-rest";
import { Pipeline } from "../../../../src/beam/sdk";
import { type FakeAnswer, FakeFlink } from "../../../support/flink/fake-flink";
import { isFatal } from "../../../support/chat/fatal";

const CHECKPOINTS = {
  counts: { completed: 7, failed: 0, restored: 0 },
  latest: { completed: { id: 7, state_size: 1, external_path: "file:/kept/chk-7" } },
};
const JOB = { jid: "a", name: "chat", "start-time": 1, vertices: [] };
const TROUBLE: FakeAnswer = { status: 500, body: { errors: ["Internal server error."] } };

describe("a job on a Flink cluster", () => {
  let flink: FakeFlink;

  beforeEach(async () => {
    flink = await FakeFlink.start();
    flink.answer("GET /jobs/a/checkpoints", CHECKPOINTS);
  });
  afterEach(() => flink.stop());

  const inState = (state: string): FakeAnswer => ({ status: 200, body: { ...JOB, state } });
  const follow = (patienceMs: number, ...answers: readonly FakeAnswer[]): ClusterRun => {
    flink.answers["GET /jobs/a"] = [...answers];
    const run = new ClusterRun(new FlinkRest(flink.url, { patienceMs }), "a", new Pipeline().getProto());
    run.finished.catch(() => undefined);
    return run;
  };

  it("is followed through a moment's trouble of its JobManager", async () => {
    await follow(5_000, inState("RUNNING"), TROUBLE, inState("SUSPENDED"), inState("RUNNING"), inState("FINISHED"))
      .finished;
  });

  it("may run on when the trouble does not end, and nobody is told to start it again", async () => {
    const { finished } = follow(100, inState("RUNNING"), TROUBLE);
    await assert.rejects(
      finished,
      isFatal("FLINK", /Internal server error\. Job a may run all the same: look at http/),
    );
  });

  it("is gone when its JobManager knows it no more: the run ends with the checkpoint to go on from", async () => {
    const { finished } = follow(60_000, inState("RUNNING"), { status: 404, body: { errors: ["Not found."] } });
    const sentence =
      /knows no job a\. Its JobManager was started anew: go on from its last checkpoint, file:\/kept\/chk-7, as from a savepoint\.$/;
    await assert.rejects(finished, isFatal("FLINK", sentence));
  });

  it("ends when it stays suspended", async () => {
    const { finished } = follow(100, inState("SUSPENDED"));
    await assert.rejects(finished, isFatal("FLINK", /^Job a was suspended .*: start the job again\.$/));
  });

  it("has failed, also when Flink cannot say why", async () => {
    const { finished } = follow(100, inState("FAILED"));
    await assert.rejects(finished, isFatal("PIPELINE", /^The job failed: /));
  });

  it("was cancelled by somebody else, unless it was cancelled here", async () => {
    await assert.rejects(
      follow(100, inState("CANCELED")).finished,
      isFatal("FLINK", /^Job a was cancelled by somebody/),
    );
    const own = follow(100, inState("RUNNING"), inState("CANCELED"));
    flink.answer("PATCH /jobs/a?mode=cancel", {});
    await own.cancel();
    await own.finished;
  });

  it("that has ended before it could be cancelled is no failure", async () => {
    const run = follow(100, inState("RUNNING"), inState("FINISHED"));
    flink.answers["PATCH /jobs/a?mode=cancel"] = [{ status: 409, body: { errors: ["Job is in FINISHED."] } }];
    await run.cancel();
    await run.finished;
  });
});
