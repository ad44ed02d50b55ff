import assert from "node:assert/strict";
import { once } from "node:events";
import type { Metrics } from "../../../../src/beam/authoring";
import { BundleMetrics } from "../../../../src/beam/metrics/bundle-metrics";
import type { BedrockClient, Send } from "../../../../src/io/bedrock/client";
import type { Probe } from "../../../../src/io/bedrock/probe";
import { isFatal } from "../../../support/chat/fatal";
import { ModelCaller } from "../../../../src/io/bedrock/model-caller";
import type { BedrockSettings } from "../../../../src/io/bedrock/settings";
import { RateController } from "../../../../src/io/bedrock/rate-controller";
import { retryCounter } from "../../../../src/io/retry-causes";
import { RefusalCheck } from "../../../../src/io/bedrock/refusal-check";

const NO_METRICS: Metrics = {
  counter: () => ({ inc: () => undefined }),
  distribution: () => ({ update: () => undefined }),
  gauge: () => ({ set: () => undefined }),
};
/** A client that is never called: these tests answer in place of `Send`. */
const NO_CLIENT = {} as BedrockClient;
const MAX_CALLS = 4;

const BRIEF = { backOff: { baseMs: 20, capMs: 40, jitter: 0 }, maxUndecidedMs: 300 };

function caller(
  own: Partial<BedrockSettings> = {},
  probe: Probe = useful,
  pace = BRIEF,
  metrics = NO_METRICS,
): ModelCaller {
  const settings = { region: "us-east-1", maxConcurrentCalls: MAX_CALLS, requestTimeoutMs: 30, ...own };
  const refusals = { check: new RefusalCheck("m", pace), probe };
  return new ModelCaller("m", settings, NO_CLIENT, new RateController(MAX_CALLS), refusals, metrics, "summarise");
}

const answers: Send<string> = async (_client, call) => {
  await call.permit?.();
  await new Promise((resolve) => setTimeout(resolve, 5));
  return "answer";
};

const useful: Probe = (client, call) => answers(client, call).then(() => undefined);

const hangs: Send<string> = async (_client, call) => {
  await call.permit?.();
  return new Promise((_resolve, reject) => {
    call.signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
  });
};

/** Fails every call as AWS does. */
function refuses(name: string, statusCode: number, message: string): Send<string> {
  return async (_client, call) => {
    await call.permit?.();
    throw Object.assign(new Error(message), { name, $metadata: { httpStatusCode: statusCode } });
  };
}

describe("ModelCaller", () => {
  it("refuses an input that never gets its answer in time while others get theirs", async () => {
    const own = caller();
    let ended = false;
    const poisoned = own.within((budget) => own.call(budget, hangs)).finally(() => (ended = true));
    while (!ended) await own.within((budget) => own.call(budget, answers));
    const result = await poisoned;
    assert(result.kind === "refused");
    assert.match(result.reason, /no answer in time .* 7 times/);
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

  const unheardOf = refuses("ValidationException", 400, "S3CRET words of a chat");

  it("gives up an input that is refused again after a greeting was answered, when nothing else is asked", async () => {
    let asked = 0;
    let probes = 0;
    const own = caller({}, (client, call) => (probes++, useful(client, call)));
    const poisoned: Send<string> = (client, call) => (asked++, unheardOf(client, call));
    const result = await own.within((budget) => own.call(budget, poisoned));
    assert(result.kind === "refused");
    assert.deepEqual([asked, probes], [2, 1]);
    assert.doesNotMatch(result.reason, /S3CRET/);
  });

  it("asks nothing harmless when others are answered anyway", async () => {
    let probes = 0;
    // Long enough for the others to be answered meanwhile, on a busy machine, too.
    const pace = { ...BRIEF, backOff: { baseMs: 500, capMs: 500, jitter: 0 }, maxUndecidedMs: 10_000 };
    const own = caller({}, (client, call) => (probes++, useful(client, call)), pace);
    let ended = false;
    const poisoned = own.within((budget) => own.call(budget, unheardOf)).finally(() => (ended = true));
    while (!ended) {
      const answer = await own.within((budget) => own.call(budget, answers));
      if (answer.kind === "answer") own.noteUseful(answer.sentMs);
    }
    assert.deepEqual([(await poisoned).kind, probes], ["refused", 0]);
  });

  it("gives up nothing while everything is refused, asks rarely, and goes on when that ends", async () => {
    let isRefusing = true;
    let [calls, probes] = [0, 0];
    const send: Send<string> = (client, call) => (calls++, isRefusing ? unheardOf : answers)(client, call);
    const own = caller({}, (client, call) =>
      (probes++, isRefusing ? refuses("ValidationException", 400, "x") : useful)(client, call),
    );
    setTimeout(() => (isRefusing = false), 200);
    const results = await Promise.all(Array.from({ length: 40 }, () => own.within((budget) => own.call(budget, send))));
    assert.ok(results.every(({ kind }) => kind === "answer"));
    assert.equal(calls, 80);
    assert.ok(probes >= 2 && probes <= 12, `${probes} probes`);
  });

  it("ends when even a greeting is refused for too long, with AWS's words about the greeting alone", async () => {
    const own = caller({}, refuses("ValidationException", 400, "The gateway of this account is asleep."));
    const results = await Promise.allSettled([1, 2, 3].map(() => own.within((budget) => own.call(budget, unheardOf))));
    for (const result of results) {
      assert(result.status === "rejected");
      assert.ok(
        isFatal(
          "ACCESS_DENIED",
          /even a greeting .* AWS says: "The gateway of this account is asleep\."/,
        )(result.reason),
      );
      assert.doesNotMatch(String(result.reason), /S3CRET/);
    }
  });

  it("takes an error of the model for the input's only while the model answers others", async () => {
    let isBroken = true;
    const fails = refuses("ModelErrorException", 424, "x");
    const send: Send<string> = (client, call) => (isBroken ? fails : answers)(client, call);
    const own = caller({}, (client, call) => {
      const answer = send(client, call).then(() => undefined);
      isBroken = false;
      return answer;
    });
    assert.equal((await own.within((budget) => own.call(budget, send))).kind, "answer");
  }).timeout(60_000);

  /** By their metrics' word for each; without credentials there is no call whose time could be told. */
  const CAUSES: Readonly<Record<string, string>> = {
    "credentials that cannot be fetched": "credentials",
    "an account whose subscription is being made": "account",
    "a use-case form that is not known yet": "account",
    "the next day's tokens": "day_quota",
  };
  const WAITED_FOR: Readonly<Record<string, Send<string>>> = {
    "credentials that cannot be fetched": () =>
      Promise.reject(Object.assign(new Error("no provider"), { name: "CredentialsProviderError" })),
    "an account whose subscription is being made": refuses(
      "AccessDeniedException",
      403,
      "Your AWS Marketplace subscription for this model cannot be completed at this time.",
    ),
    "a use-case form that is not known yet": refuses(
      "ResourceNotFoundException",
      404,
      "Model use case details have not been submitted for this account.",
    ),
    "the next day's tokens": refuses("ThrottlingException", 429, "Too many tokens per day, please wait."),
  };
  for (const [what, fails] of Object.entries(WAITED_FOR)) {
    it(`waits for ${what}, and counts the cause`, async () => {
      let attempts = 0;
      const metrics = new BundleMetrics();
      const own = caller({}, useful, BRIEF, metrics.of("t"));
      const send: Send<string> = (client, call) => (attempts++ === 0 ? fails : answers)(client, call);
      assert.equal((await own.within((budget) => own.call(budget, send))).kind, "answer");
      assert.equal(attempts, 2);
      const cause = CAUSES[what]!;
      const counted = metrics.peek().filter(({ name, value }) => value === 1 && !name.includes("_call"));
      const failed = counted.filter(({ name }) => name.startsWith(`summarise_failed_${cause}UpTo`));
      assert.equal(failed.length, cause === "credentials" ? 0 : 1);
      const names = counted.flatMap(({ name }) => (name.includes("_failed_") ? [] : [name])).toSorted();
      const throttled = cause === "day_quota" ? ["throttles"] : [];
      assert.deepEqual(names, ["retries", retryCounter("summarise", cause), ...throttled]);
    }).timeout(10_000);
  }

  it("ends at once for what waiting does not mend", async () => {
    const own = caller();
    const words = "User: x is not authorized to perform: y with an explicit deny in a service control policy";
    await assert.rejects(
      own.within((budget) => own.call(budget, refuses("AccessDeniedException", 403, words))),
      isFatal("ACCESS_DENIED", /service control policy/),
    );
  });

  it("ends with the account's own sentence when that has not passed in time", async () => {
    const own = caller();
    await assert.rejects(
      own.within((budget) => own.call(budget, WAITED_FOR["a use-case form that is not known yet"]!)),
      isFatal("ACCESS_DENIED", /^Anthropic's use-case form is missing .* AWS says: "Model use case/),
    );
  });

  it("says what it waited for when it gives up", async () => {
    const own = caller({ maxRetryDurationMs: 200 });
    await assert.rejects(
      own.within((budget) => own.call(budget, WAITED_FOR["an account whose subscription is being made"]!)),
      isFatal("PIPELINE", /no answer for 0 s \(The account is not subscribed/),
    );
  });
});
