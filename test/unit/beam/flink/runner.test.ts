/** The end of a run, by the answers of a job service; the conformance suite has a real one. */
import assert from "node:assert/strict";
import type { DoFnTransform } from "../../../../src/beam/authoring";
import { isBounded } from "../../../../src/beam/flink/refuse";
import { PortableRunner } from "../../../../src/beam/flink/runner";
import type { PipelineRun } from "../../../../src/beam/runner";
import { impulse, Pipeline, type PipelineProto, Root, singletonSideInput, withName } from "../../../../src/beam/sdk";
import { jobApi } from "../../../../src/beam/sdk/job-api";
import { withSingleton } from "../../../../src/beam/testing/fns/sdk";
import { isFatal } from "../../../support/chat/fatal";
import { count } from "../operators/splittable-fns";
import { FakeJobService } from "./fake-job-service";

const { DONE, CANCELLED, FAILED } = jobApi.JobState_Enum;
const TRACE = (cause: string): string =>
  `java.lang.RuntimeException: failed\n\tat a.B.c(B.java:1)\nCaused by: ${cause}`;

/** Numbers, each with a side input. */
function withSideInput(bounded: boolean): PipelineProto {
  const pipeline = new Pipeline();
  const impulses = new Root(pipeline).apply(impulse());
  const numbers = (name: string) =>
    impulses.apply(withName(name, count({ bounded }) as unknown as DoFnTransform<Uint8Array, { main: number }>)).main;
  numbers("main").map(withSingleton, { side: singletonSideInput(numbers("side")) });
  return pipeline.getProto();
}

describe("a run behind a job service", () => {
  let service: FakeJobService;

  beforeEach(async () => {
    service = await FakeJobService.start();
  });
  afterEach(() => service.stop());

  const run = (pipeline = new Pipeline().getProto(), token?: string): Promise<PipelineRun> =>
    new PortableRunner({
      jobService: { endpoint: service.endpoint, ...(token === undefined ? {} : { token }) },
      jobName: "test",
      workerCommand: "false",
      workerEnvironment: {},
      pipelineOptions: {},
    }).run(pipeline);

  it("ends with the job, and has metrics then", async () => {
    const ended = await run();
    await service.end(DONE);
    await ended.finished;
    assert.deepEqual(await ended.metrics(), []);
  });

  it("shows the service its token in every call, and none when it has none", async () => {
    const own = await run(undefined, "secret");
    await own.metrics();
    service.cancelledState = CANCELLED;
    await own.cancel();
    await own.finished;
    assert.deepEqual([...service.authorizations.keys()].sort(), [
      "Cancel",
      "GetJobMetrics",
      "GetMessageStream",
      "Prepare",
      "Run",
    ]);
    assert.deepEqual([...new Set(service.authorizations.values())], ["Bearer secret"]);
    service.authorizations.clear();
    await run();
    assert.equal(service.authorizations.get("Prepare"), undefined);
  });

  it("reaches the service past any proxy", async () => {
    const before = { ...process.env };
    Object.assign(process.env, { https_proxy: "http://127.0.0.1:1", grpc_proxy: "", no_proxy: "", no_grpc_proxy: "" });
    try {
      const { finished } = await run();
      await service.end(DONE);
      await finished;
    } finally {
      process.env = before;
    }
  });

  it("fails in the service's words", async () => {
    const { finished } = await run();
    await service.say(TRACE("java.io.IOException: No space left"));
    await service.end(FAILED);
    await assert.rejects(finished, isFatal("PIPELINE", /^The job failed: No space left$/));
  });

  it("fails in words that the service has only after the failure", async () => {
    const { finished } = await run();
    await service.end(FAILED);
    setTimeout(() => (service.toldAgain = TRACE("java.io.IOException: No space left")), 700);
    await assert.rejects(finished, isFatal("PIPELINE", /^The job failed: No space left$/));
  });

  it("fails without a reason when the service never has one", async () => {
    const { finished } = await run();
    await service.end(FAILED);
    await assert.rejects(finished, isFatal("PIPELINE", /gave no reason/));
  });

  it("ends as the service says when its messages end without the last state, as they may when a job ends at once", async () => {
    service.state = DONE;
    const done = await run();
    await service.end();
    await done.finished;
  });

  it("fails as the service says when its messages end without the last state", async () => {
    service.state = FAILED;
    const { finished } = await run();
    await service.end();
    await assert.rejects(finished, isFatal("PIPELINE", /gave no reason/));
  });

  it("fails when the service stops talking without a last state", async () => {
    const { finished } = await run();
    await service.end();
    await assert.rejects(finished, isFatal("PIPELINE", /broke off: it did not say how the job ended\.$/));
  });

  it("was cancelled by somebody else, unless it was cancelled here", async () => {
    const { finished } = await run();
    await service.end(CANCELLED);
    await assert.rejects(finished, isFatal("FLINK", /^Job a was cancelled by somebody else\.$/));
  });

  it("was cancelled by somebody else also when Flink calls that a failure", async () => {
    const { finished } = await run();
    await service.say(TRACE("org.apache.flink.runtime.client.JobCancellationException: Job was cancelled."));
    await service.end(FAILED);
    await assert.rejects(finished, isFatal("FLINK", /^Job a was cancelled by somebody else\.$/));
  });

  it("ends well when it is cancelled here, once or twice", async () => {
    service.cancelledState = CANCELLED;
    const cancelled = await run();
    await Promise.all([cancelled.cancel(), cancelled.cancel()]);
    await cancelled.finished;
    await cancelled.cancel();
  });

  it("does not begin when Flink's checkpoints would fail for ever", async () => {
    const endless = withSideInput(false);
    assert.equal(isBounded(endless), false);
    await assert.rejects(run(endless), isFatal("PIPELINE", /side inputs cannot be kept in Flink's checkpoints/));
    const { finished } = await run(withSideInput(true));
    await service.end(DONE);
    await finished;
  });
});
