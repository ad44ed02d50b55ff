import assert from "node:assert/strict";
import { once } from "node:events";
import type { Metrics } from "../../../../src/beam/authoring";
import type { BedrockClient, Send } from "../../../../src/io/bedrock/client";
import { isFatal } from "../../../support/fatal";
import { ModelCaller } from "../../../../src/io/bedrock/model-caller";
import type { BedrockSettings } from "../../../../src/io/bedrock/settings";
import { RateController } from "../../../../src/io/bedrock/rate-controller";

const NO_METRICS: Metrics = {
  counter: () => ({ inc: () => undefined }),
  distribution: () => ({ update: () => undefined }),
  gauge: () => ({ set: () => undefined }),
};
/** A client that is never called: these tests answer in place of `Send`. */
const NO_CLIENT = {} as BedrockClient;
const MAX_CALLS = 4;

function caller(own: Partial<BedrockSettings> = {}): ModelCaller {
  const settings = { region: "us-east-1", maxConcurrentCalls: MAX_CALLS, requestTimeoutMs: 30, ...own };
  return new ModelCaller("m", settings, NO_CLIENT, new RateController(MAX_CALLS), NO_METRICS);
}

const answers: Send<string> = async (_client, call) => {
  await call.permit?.();
  await new Promise((resolve) => setTimeout(resolve, 5));
  return "answer";
};

const hangs: Send<string> = async (_client, call) => {
  await call.permit?.();
  return new Promise((_resolve, reject) => {
    call.signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
  });
};

describe("ModelCaller", () => {
  it("refuses an input that never gets its answer in time while others get theirs", async () => {
    const own = caller();
    let ended = false;
    const poisoned = own.within((budget) => own.call(budget, hangs)).finally(() => (ended = true));
    while (!ended) await own.within((budget) => own.call(budget, answers));
    const result = await poisoned;
    assert(result.kind === "refused");
    assert.match(result.reason, /no answer in time .* 6 times/);
  });

  it("waits on when nothing gets an answer in time: that is an outage", async () => {
    const own = caller();
    const results = [1, 2].map(() => own.within((budget) => own.call(budget, hangs)));
    const first = await Promise.race([...results, new Promise((resolve) => setTimeout(resolve, 1_500, "waiting"))]);
    own.close();
    await Promise.allSettled(results);
    assert.equal(first, "waiting");
  });

  it("gives up when nothing gets an answer for as long as it may wait", async () => {
    const own = caller({ maxRetryDurationMs: 200 });
    await own.within((budget) => own.call(budget, answers));
    const startMs = performance.now();
    await assert.rejects(
      own.within((budget) => own.call(budget, hangs)),
      isFatal("PIPELINE", /no answer for/),
    );
    assert.ok(performance.now() - startMs >= 190);
  });

  it("never gives up an element that waits its turn while others are answered", async () => {
    const own = caller({ maxRetryDurationMs: 400, requestTimeoutMs: 1_000, maxConcurrentCalls: 1 });
    const slow: Send<string> = async (_client, call) => {
      await call.permit?.();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return "answer";
    };
    // Four run at once, so the last of these waits three times as long as it might in an outage.
    const results = await Promise.all(Array.from({ length: 48 }, () => own.within((budget) => own.call(budget, slow))));
    assert.equal(results.length, 48);
  });

  it("asks for its permit when the request is ready, and keeps to the limit", async () => {
    const own = caller();
    let prepared = 0;
    let underWay = 0;
    let most = 0;
    const send: Send<string> = async (_client, call) => {
      prepared++;
      await call.permit?.();
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 2));
      underWay--;
      return "answer";
    };
    const calls = Array.from({ length: 20 }, () => own.within((budget) => own.call(budget, send)));
    assert.equal(prepared, 20);
    await Promise.all(calls);
    assert.equal(most, MAX_CALLS);
  });

  it("lets the next call begin as soon as an answer is here, before it is taken apart", async () => {
    const own = caller();
    let begun = 0;
    const takenApart = new AbortController();
    const send: Send<string> = async (_client, call) => {
      await call.permit?.();
      begun++;
      call.onAnswer?.();
      await once(takenApart.signal, "abort");
      return "answer";
    };
    const calls = Array.from({ length: 10 }, () => own.within((budget) => own.call(budget, send)));
    while (begun < 10) await new Promise(setImmediate);
    takenApart.abort();
    const results = await Promise.all(calls);
    assert.ok(results.every(({ kind }) => kind === "answer"));
  });

  it("counts an answer that turns out to be broken as a failed call", async () => {
    const own = caller({ maxRetryDurationMs: 100 });
    const broken: Send<string> = async (_client, call) => {
      await call.permit?.();
      call.onAnswer?.();
      throw Object.assign(new Error("the answer is not JSON"), {
        name: "BrokenAnswer",
        $metadata: { httpStatusCode: 200 },
      });
    };
    await assert.rejects(
      own.within((budget) => own.call(budget, broken)),
      isFatal("PIPELINE", /no answer for/),
    );
  });
});
