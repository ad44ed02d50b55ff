import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { embed } from "../../../src/io/bedrock/embed";
import { DEFAULT_SUMMARISE, embeddingModel } from "../../../src/io/bedrock/settings";
import { summarise } from "../../../src/io/bedrock/summarise";
import { NO_FAULTS } from "../../../src/local/bedrock/faults";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import { driveAsync } from "../../support/beam/drive-async";
import { bedrockThrottled, bedrockUnavailable, type Fault } from "../../support/faults/answers";
import { type FaultProxy, startFaultProxy } from "../../support/faults/fault-proxy";
import { sessionPart, summarisedPart } from "../../support/chat/session-parts";
import { contentsOf, planned } from "../../support/chat/planned";
import { until } from "../../support/until";

const CONCURRENCY = 32;
const SESSIONS = 400;
const TAGS = ["main", "deadLetters"] as const;

describe("Bedrock in trouble", () => {
  let server: LocalBedrock;
  let proxy: FaultProxy;
  before(async () => {
    server = await startLocalBedrock(0);
    proxy = await startFaultProxy(server.url);
  });
  beforeEach(() => server.setFaults({ ...NO_FAULTS, latencyMs: 20 }));
  after(async () => {
    await proxy.close();
    await server.close();
  });

  const bedrockAt = (endpoint: string) => ({
    region: "us-east-1",
    endpoint,
    maxConcurrentCalls: CONCURRENCY,
    requestTimeoutMs: 5_000,
  });
  const users = Array.from({ length: SESSIONS }, (_, index) => `user-${index}`);

  for (const down of ["reset", "503"] as const) {
    it(`throttled at 30 %, then down (${down}): every session is summarised once`, async () => {
      server.setFaults({ throttleFraction: 0.3, seed: 5 });
      const fn = summarise({ ...DEFAULT_SUMMARISE, bedrock: bedrockAt(server.url) });
      const [answeredBefore, throttledBefore] = [count(server, "answered"), count(server, "throttled")];
      const running = driveAsync(
        fn,
        users.map((user) => planned(sessionPart(["where is my order?"], user))),
        TAGS,
      );
      await until("some are throttled", () => count(server, "throttled") >= throttledBefore + 20);
      server.setFaults({ down });
      await sleep(2_000);
      server.setFaults({ down: false, throttleFraction: 0 });
      const { outputs, counters } = await running;
      assert.deepEqual(outputs.deadLetters, []);
      assert.deepEqual(
        contentsOf(outputs.main)
          .map(({ part }) => part.sessionKey)
          .sort(),
        [...users].sort(),
      );
      assert.equal(count(server, "answered") - answeredBefore, SESSIONS, "no answer was thrown away");
      assert(counters["throttles"]! > 0 && counters["retries"]! > counters["throttles"]!);
    }).timeout(40_000);
  }

  it("no stampede: while it is down few calls arrive, and what arrives after it is let in gradually", async () => {
    const fn = embed({
      bedrock: bedrockAt(proxy.url),
      model: embeddingModel("amazon.titan-embed-text-v1"),
      of: "summary",
    });
    server.setFaults({ latencyMs: 100 });
    proxy.setRule({ fraction: 1, faults: [bedrockUnavailable] });
    const running = driveAsync(
      fn,
      users.slice(0, 64).map((user) => planned(summarisedPart(user))),
      TAGS,
    );
    await sleep(3_000);
    assert(proxy.requestCount() < CONCURRENCY + 15, `${proxy.requestCount()} calls in three seconds of outage`);
    proxy.setRule(undefined);
    assert.equal((await running).outputs.main.length, 64);
  });

  it("repeats calls whose answers were lost, broken or not Bedrock's own on the way", async () => {
    const page = { headers: { "content-type": "text/html" }, body: "<html>busy</html>" };
    const faults: readonly Fault[] = [
      { kind: "drop" },
      { kind: "loseAnswer" },
      { kind: "answer", status: 200, ...page },
      { kind: "answer", status: 502, ...page },
      { kind: "answer", status: 429, ...page },
      bedrockThrottled,
    ];
    const own = users.slice(0, 40);
    const summaries = summarise({ ...DEFAULT_SUMMARISE, bedrock: bedrockAt(proxy.url) });
    const vectors = embed({
      bedrock: bedrockAt(proxy.url),
      model: embeddingModel("amazon.titan-embed-text-v1"),
      of: "summary",
    });
    proxy.setRule({ fraction: 0.3, faults });
    const parts = own.map((user) => planned(sessionPart(["where is my order?"], user)));
    const summarised = await driveAsync(summaries, parts, TAGS);
    const embedded = await driveAsync(vectors, summarised.outputs.main, TAGS);
    proxy.setRule(undefined);
    assert.deepEqual([...summarised.outputs.deadLetters, ...embedded.outputs.deadLetters], []);
    assert.deepEqual(
      contentsOf(embedded.outputs.main)
        .map(({ part }) => part.sessionKey)
        .sort(),
      [...own].sort(),
    );
  }).timeout(60_000);
});

function count(server: LocalBedrock, what: "answered" | "throttled"): number {
  return Object.values(server.stats().models).reduce((sum, own) => sum + own[what], 0);
}
