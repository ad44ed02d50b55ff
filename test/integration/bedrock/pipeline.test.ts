import assert from "node:assert/strict";
import { doFn, histogramCounters } from "../../../src/beam/authoring";
import { DirectRunner } from "../../../src/beam/direct";
import { flatten, impulse, Pipeline, Root } from "../../../src/beam/sdk";
import { plannedCoder } from "../../../src/chat/coders/planned-session";
import { embed } from "../../../src/io/bedrock/embed";
import { retryCounter } from "../../../src/io/retry-causes";
import { callDuration, failedCallDuration } from "../../../src/io/bedrock/measures";
import { type BedrockSettings, DEFAULT_SUMMARISE, embeddingModel } from "../../../src/io/bedrock/settings";
import { summarise } from "../../../src/io/bedrock/summarise";
import { NO_FAULTS } from "../../../src/local/bedrock/faults";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import type { DeadLetter, EmbeddedPart, SessionPart } from "../../../src/chat/model";
import type { PlannedSession } from "../../../src/chat/plan";
import { sessionPart } from "../../support/chat/session-parts";
import { contentsOf, planned } from "../../support/chat/planned";

const SESSIONS = 150;
const embedded: EmbeddedPart[] = [];
const letters: DeadLetter[] = [];

const emitSessions = doFn("test/bedrock/sessions", {
  outputs: { main: plannedCoder },
  open: () => ({
    process(_impulse: Uint8Array, emit) {
      for (let user = 0; user < SESSIONS; user++)
        void emit("main", planned(sessionPart([`Where is order ${user}?`], `user-${user}`)));
    },
  }),
});

const keepEmbedded = doFn("test/bedrock/keepEmbedded", {
  outputs: {},
  open: () => ({ process: (own: PlannedSession<EmbeddedPart>) => void embedded.push(...contentsOf([own])) }),
});

const keepLetters = doFn("test/bedrock/keepLetters", {
  outputs: {},
  open: () => ({ process: (own: DeadLetter) => void letters.push(own) }),
});

function pipelineOf(bedrock: BedrockSettings) {
  const pipeline = new Pipeline();
  const start = new Root(pipeline).apply(impulse());
  const sessions = start.apply(emitSessions());
  const summarised = sessions.main.apply(summarise({ ...DEFAULT_SUMMARISE, bedrock }));
  const model = embeddingModel("amazon.titan-embed-text-v2:0", 256);
  const parts = summarised.main.apply(embed({ bedrock, model, of: "summary" }));
  parts.main.apply(keepEmbedded());
  flatten([summarised.deadLetters, parts.deadLetters]).apply(keepLetters());
  return pipeline.getProto();
}

describe("the Bedrock stages in a pipeline", () => {
  let server: LocalBedrock;
  before(async () => {
    server = await startLocalBedrock(0);
  });
  beforeEach(() => {
    embedded.length = 0;
    letters.length = 0;
    server.setFaults(NO_FAULTS);
  });
  after(() => server.close());

  const bedrock = (): BedrockSettings => ({
    region: "us-east-1",
    endpoint: server.url,
    maxConcurrentCalls: 16,
    requestTimeoutMs: 10_000,
  });

  it("bring every session to one of their outputs, and count", async () => {
    server.setFaults({ badAnswerFraction: 0.6, throttleFraction: 0.1, latencyMs: 10, seed: 8 });
    const run = await new DirectRunner().run(pipelineOf(bedrock()));
    await run.finished;
    const users = [
      ...embedded.map(({ part }) => part.sessionKey),
      ...letters.map(({ payload }) => (JSON.parse(Buffer.from(payload).toString()) as SessionPart).sessionKey),
    ];
    assert.equal(users.length, SESSIONS);
    assert.equal(new Set(users).size, SESSIONS);
    assert(embedded.length > 0 && letters.length > 0);
    const metrics = await run.metrics();
    const sum = (name: string) =>
      metrics.reduce((total, own) => total + (own.name === name && own.kind === "counter" ? own.value : 0), 0);
    assert.equal(sum("summarised"), embedded.length);
    assert.equal(sum("embedded"), embedded.length);
    assert(sum("throttles") > 0 && sum("summariseInputTokens") > 0 && sum("summariseOutputTokens") > 0);
    const calls = histogramCounters(callDuration("embed"));
    const answered = calls.buckets.reduce((total, name) => total + sum(name), 0);
    assert(answered >= embedded.length && sum(calls.sum) >= 9 * answered);
    assert(server.stats().maxInFlight <= 32);
    const refused = Object.values(server.stats().models).reduce((total, { throttled }) => total + throttled, 0);
    const stages = ["summarise", "embed"] as const;
    const failed = stages.map((stage) => histogramCounters(failedCallDuration(stage, "throttled")).buckets);
    const counts = [
      failed.flat().reduce((total, name) => total + sum(name), 0),
      stages.reduce((total, stage) => total + sum(retryCounter(stage, "throttled")), 0),
      sum("throttles"),
    ];
    assert.deepEqual(counts, [refused, refused, refused]);
  }).timeout(60_000);

  it("end the run with the sentence that says what to mend", async () => {
    server.setFaults({ denied: [DEFAULT_SUMMARISE.model] });
    const run = await new DirectRunner().run(pipelineOf(bedrock()));
    await assert.rejects(run.finished, { name: "JobError", code: "ACCESS_DENIED" });
  });

  it("end at once when the run is cancelled in the middle of an outage", async () => {
    server.setFaults({ down: "503" });
    const run = await new DirectRunner().run(pipelineOf(bedrock()));
    const calls = (): number => server.stats().calls;
    while (calls() < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    await run.cancel();
    await run.finished.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const after = calls();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.equal(calls(), after, "no call after the run's end");
    assert.equal(embedded.length, 0);
  }).timeout(30_000);
});
