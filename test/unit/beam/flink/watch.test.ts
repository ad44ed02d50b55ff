import assert from "node:assert/strict";
import { declareCodes } from "../../../../src/beam/error";
import { watchFlink } from "../../../../src/beam/flink/watch";
import { FakeFlink } from "../../../support/flink/fake-flink";
import { isFatal } from "../../../support/chat/fatal";
import { until } from "../../../support/until";

const EXCEPTIONS = "GET /jobs/a/exceptions?maxExceptions=16";
const failure = (timestamp: number, words: string) => ({
  timestamp,
  stacktrace: `java.lang.RuntimeException: failed\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: ${words}`,
});

declareCodes(["ACCESS_DENIED"]);

describe("a job on Flink, watched", () => {
  let flink: FakeFlink;
  let ended: AbortController;
  let said: string[];

  beforeEach(async () => {
    flink = await FakeFlink.start();
    ended = new AbortController();
    said = [];
    failures();
  });
  afterEach(async () => {
    ended.abort();
    await flink.stop();
  });

  /** The failures that Flink knows, newest first, at one look after another. */
  const failures = (...looks: readonly (readonly object[])[]): void =>
    flink.answer(EXCEPTIONS, ...[...looks, looks.at(-1) ?? []].map((entries) => ({ exceptionHistory: { entries } })));
  const states = (...names: readonly string[]): void =>
    flink.answer(
      "GET /jobs/overview",
      ...names.map((state) => ({ jobs: [{ jid: "a", name: "chat", state, "start-time": 1 }] })),
    );
  const watch = (): Promise<void> =>
    watchFlink(flink.url, { say: (line) => void said.push(line), ended: ended.signal, job: "a", pollMs: 5 });

  it("says what its state is when that changes", async () => {
    states("CREATED", "RUNNING", "RUNNING", "RESTARTING", "RUNNING");
    const watched = watch();
    await until("all states", () => said.length === 4);
    ended.abort();
    await watched;
    assert.deepEqual(
      said,
      ["CREATED", "RUNNING", "RESTARTING", "RUNNING"].map((state) => `The job on Flink is ${state}.`),
    );
  });

  it("says once why Flink restarts it, oldest first", async () => {
    states("RUNNING");
    failures([], [failure(2, "two"), failure(1, "one")]);
    const watched = watch();
    await until("both", () => said.length === 3);
    await until("further looks", () => flink.asked.length > 10);
    ended.abort();
    await watched;
    const why = "Flink restarts the job from its last checkpoint: The job failed:";
    assert.deepEqual(said.slice(1), [`${why} one`, `${why} two`]);
  });

  it("does not say that it is restarted when it fails for good", async () => {
    states("FAILING");
    failures([failure(1, "one")]);
    const watched = watch();
    await until("looks", () => flink.asked.length > 4);
    ended.abort();
    await watched;
    assert.deepEqual(said, ["The job on Flink is FAILING."]);
  });

  it("ends with what no restart can mend, also behind something newer", async () => {
    states("RUNNING");
    failures([
      failure(2, "A worker was lost."),
      failure(1, "Error received from SDK harness for instruction 1: [ACCESS_DENIED] No."),
    ]);
    await assert.rejects(watch(), isFatal("ACCESS_DENIED", /^No\.$/));
  });

  it("is looked at again when Flink was away", async () => {
    flink.answers["GET /jobs/overview"] = ["lost", { status: 500, body: { errors: ["busy"] } }];
    const watched = watch();
    await until("both looks", () => flink.asked.length >= 2);
    states("RUNNING");
    await until("the state", () => said.length === 1);
    ended.abort();
    await watched;
  });
});
