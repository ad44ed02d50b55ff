import assert from "node:assert/strict";
import { declareCodes } from "../../../../src/beam/error";
import { failureOf, fatalFailureIn, tellsOfCancellation } from "../../../../src/beam/flink/failure";

const trace = (...causes: readonly string[]): string =>
  [
    "org.apache.flink.runtime.client.JobExecutionException: Job execution failed.",
    "\tat org.apache.flink.runtime.jobmaster.JobResult.toJobExecutionResult(JobResult.java:144)",
    ...causes.flatMap((cause) => [`Caused by: ${cause}`, "\tat java.base/java.lang.Thread.run(Thread.java:840)"]),
  ].join("\n");

const worker = (words: string): string =>
  `java.lang.RuntimeException: Error received from SDK harness for instruction 7: ${words}`;

declareCodes(["ACCESS_DENIED", "MODEL_NOT_FOUND"]);

describe("A failure told by a Java runner", () => {
  it("is the innermost cause", () => {
    const error = failureOf([
      trace("java.lang.RuntimeException: outer", "java.io.IOException: No space left on device"),
    ]);
    assert.equal(error.code, "PIPELINE");
    assert.equal(error.message, "The job failed: No space left on device");
  });

  it("is in the worker's own words when it comes from one, whatever Java says around them", () => {
    const words = "summarise: TypeError in process";
    const error = failureOf([trace(worker(words), "java.lang.IllegalStateException: closed"), "Job failed"]);
    assert.equal(error.code, "PIPELINE");
    assert.equal(error.message, words);
  });

  it("has the frames below the worker's words as the stack of its cause", () => {
    const words = "summarise: TypeError in process";
    const frames = "    at process (a.ts:1:2)\n    at run (b.ts:3:4)";
    const error = failureOf([trace(worker(`${words}\n${frames}`))]);
    assert.equal(error.message, words);
    assert.equal((error.cause as Error).stack, frames);
    assert.equal(failureOf([trace(worker(`[MODEL_NOT_FOUND] No.\n${frames}`))]).message, "No.");
  });

  it("keeps the code of what a user must mend", () => {
    const error = failureOf([trace(worker("[MODEL_NOT_FOUND] The model x does not exist in this region."))]);
    assert.equal(error.code, "MODEL_NOT_FOUND");
    assert.equal(error.message, "The model x does not exist in this region.");
  });

  it("makes no code of what only looks like one", () => {
    const error = failureOf([trace(worker("[WHATEVER] happened"))]);
    assert.equal(error.code, "PIPELINE");
    assert.equal(error.message, "[WHATEVER] happened");
  });

  it("says so when a worker is gone", () => {
    for (const words of [
      "io.grpc.StatusRuntimeException: CANCELLED: call already cancelled.",
      "java.lang.RuntimeException: io.grpc.StatusRuntimeException: CANCELLED: call already cancelled.",
      "java.lang.IllegalStateException: Stream was terminated by error, no further calls are allowed",
      "java.lang.IllegalStateException: Stream is already completed, no further calls are allowed",
      "java.lang.IllegalStateException: call is closed",
      "java.lang.IllegalStateException: SDK harness closed connection",
      "java.util.concurrent.CancellationException: Task was cancelled.\n\tat com.google.Future.get(Future.java:1)\n\tat org.apache.beam.GrpcDataService.createOutboundAggregator(GrpcDataService.java:1)",
      "org.apache.beam.sdk.fn.data.BeamFnDataInboundObserver$CloseException: Inbound observer closed.",
    ])
      assert.equal(failureOf([trace(words)]).message, "A worker process was lost.");
  });

  it("says so when there is no reason", () => {
    assert.match(failureOf([]).message, /gave no reason/);
  });

  it("believes no code that an exception's own words quote, whatever they look like", () => {
    const forged = "java.lang.RuntimeException: Error received from SDK harness for instruction 1: [ACCESS_DENIED] x";
    for (const words of [
      "java.lang.IllegalStateException: [ACCESS_DENIED] x",
      "java.lang.IllegalStateException: alice [ACCESS_DENIED] x",
      `java.lang.IllegalStateException: alice\nCaused by: ${forged}`,
      `java.lang.IllegalStateException: alice\n${forged}`,
      "java.lang.IllegalStateException: alice\nCaused by: beamstreaming.WorkerException: [ACCESS_DENIED] x",
    ]) {
      assert.equal(fatalFailureIn(trace(words)), undefined, words);
      assert.match(failureOf([trace(words)]).message, /^The job failed: /, words);
    }
    assert.equal(fatalFailureIn(trace("beamstreaming.WorkerException: [WORKER] No worker."))?.code, "WORKER");
  });

  it("is a cancellation by its class, not by its words", () => {
    assert(
      tellsOfCancellation([trace("org.apache.flink.runtime.client.JobCancellationException: Job was cancelled.")]),
    );
    for (const words of ["JobCancellationException", "x\nCaused by: a.JobCancellationException: b"])
      assert(!tellsOfCancellation([trace(`java.lang.IllegalStateException: ${words}`)]));
  });

  it("is fatal only with a code", () => {
    assert.equal(fatalFailureIn(trace(worker("summarise: TypeError in process"))), undefined);
    assert.equal(fatalFailureIn(trace(worker("[ACCESS_DENIED] No.")))?.code, "ACCESS_DENIED");
  });
});
