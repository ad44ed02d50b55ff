/** AWS's refusals and Claude's wrapped answers, as the stand-in plays them by name, met by the product's own client. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { BeamError } from "../../../src/beam/error";
import { checkBedrock, checkSummaryModel } from "../../../src/io/bedrock/check";
import { embed } from "../../../src/io/bedrock/embed";
import { DEFAULT_SUMMARISE, embeddingModel } from "../../../src/io/bedrock/settings";
import { summarise } from "../../../src/io/bedrock/summarise";
import type { SessionPart, SummarisedPart } from "../../../src/chat/model";
import { type Faults, NO_FAULTS } from "../../../src/local/bedrock/faults";
import type { RefusalName } from "../../../src/local/bedrock/refusals";
import { WRAPPING_NAMES } from "../../../src/local/bedrock/wrappings";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import { driveAsync } from "../../support/beam/drive-async";
import { isFatal } from "../../support/chat/fatal";
import { contentsOf, planned } from "../../support/chat/planned";
import { sessionPart, summarisedPart } from "../../support/chat/session-parts";

const TAGS = ["main", "deadLetters"] as const;
const USERS = Array.from({ length: 100 }, (_, index) => `user-${index}`);
const V1 = "amazon.titan-embed-text-v1";

/** The stage's results for these parts, each in a session of its own. */
async function summarised(stage: ReturnType<typeof summarise>, parts: readonly SessionPart[]) {
  const { outputs, counters } = await driveAsync(stage, parts.map(planned), TAGS);
  return { outputs: { ...outputs, main: contentsOf(outputs.main) }, counters };
}

async function embedded(stage: ReturnType<typeof embed>, parts: readonly SummarisedPart[]) {
  const { outputs } = await driveAsync(stage, parts.map(planned), TAGS);
  return { outputs };
}

/** Each with the code and the cure that it ends a start with. */
const AT_START: Readonly<Partial<Record<RefusalName, readonly [code: BeamError["code"], cure: RegExp]>>> = {
  useCaseForm: ["ACCESS_DENIED", /use-case form .* fill it in once .* AWS says: "Model use case details/],
  useCaseFormInvalid: ["ACCESS_DENIED", /use-case form .* fill it in once .* AWS says: "The model returned/],
  marketplace: ["ACCESS_DENIED", /call the model once as somebody .* AWS says: "Model access is denied/],
  payment: ["ACCESS_DENIED", /add one under Billing.* AWS says: "Model access is denied/],
  agreement: ["ACCESS_DENIED", /wait for a quarter of an hour/],
  serviceControlPolicy: ["ACCESS_DENIED", /a service control policy .* ask whoever administers the account/],
  identityPolicy: ["ACCESS_DENIED", /allow bedrock:InvokeModel .* AWS says: "User: arn:aws:sts/],
  modelAccess: ["ACCESS_DENIED", /allow bedrock:InvokeModel/],
  accountNotAuthorized: ["ACCESS_DENIED", /ask AWS Support .* AWS says: "Your account is not authorized/],
  operationNotAllowed: ["ACCESS_DENIED", /ask AWS Support/],
  country: ["ACCESS_DENIED", /give another model/],
  tokensPerDay: ["SERVICE_UNREACHABLE", /wait until tomorrow.* AWS says: "Too many tokens per day/],
  unavailable: ["SERVICE_UNREACHABLE", /does not answer/],
  unheardOf: ["BAD_OPTION", /rejects even a greeting.* AWS says: "The gateway of this account is asleep\."/],
};

/** Those that a running job waits for. */
const WAITED_FOR: readonly RefusalName[] = [
  "useCaseForm",
  "useCaseFormInvalid",
  "marketplace",
  "payment",
  "agreement",
  "tokensPerDay",
  "unheardOf",
];

describe("AWS's refusals by name", () => {
  let server: LocalBedrock;
  before(async () => {
    server = await startLocalBedrock(0);
  });
  beforeEach(() => server.setFaults(NO_FAULTS));
  after(() => server.close());

  function settings(region = "us-east-1", endpoint = server.url) {
    const bedrock = { region, endpoint, maxConcurrentCalls: 16, requestTimeoutMs: 5_000 };
    const summary = { ...DEFAULT_SUMMARISE, bedrock };
    return { summarise: summary, embed: { bedrock, model: embeddingModel(V1), of: "summary" as const } };
  }

  const summariseAll = (own = settings()) =>
    summarised(
      summarise(own.summarise),
      USERS.map((user) => sessionPart(["where is my order?"], user)),
    );

  for (const [name, [code, cure]] of Object.entries(AT_START)) {
    it(`${name} ends the start with its own sentence`, async () => {
      server.setFaults({ refusal: name as RefusalName });
      await assert.rejects(checkBedrock(settings()), isFatal(code as "ACCESS_DENIED", cure));
    });

    if (WAITED_FOR.includes(name as RefusalName) || name === "unavailable") continue;
    it(`${name} ends a running job with it, and makes no letter`, async () => {
      server.setFaults({ refusal: name as RefusalName });
      await assert.rejects(summariseAll(), isFatal(code as "ACCESS_DENIED", cure));
    });
  }

  const OF_NO_USE: Readonly<Record<string, readonly [faults: Partial<Faults>, cure: RegExp]>> = {
    "stopped by a guardrail": [
      { guardrailFraction: 1 },
      /even a greeting \(a guardrail stopped the answer\): take these calls out of the guardrail/,
    ],
    "stopped by a filter": [
      { filteredFraction: 1 },
      /a content filter stopped the answer\): give another --summary-model/,
    ],
    cut: [{ cutFraction: 1 }, /did not fit 4000 tokens\): give another --summary-model/],
    "of a wrong form": [{ badAnswerFraction: 1 }, /sentiment: must be one of .*\): give another --summary-model/],
  };
  for (const [what, [faults, cure]] of Object.entries(OF_NO_USE)) {
    it(`a first answer ${what} ends the start with the cure`, async () => {
      server.setFaults(faults);
      await assert.rejects(checkBedrock(settings()), isFatal("BAD_OPTION", cure));
    });
  }

  it("make a running job wait, and nobody's letter, where they may pass; so do answers of no use", async () => {
    const wait = async (what: string, faults: Partial<Faults>): Promise<void> => {
      const own = await startLocalBedrock(0, { latencyMs: 20 });
      try {
        await checkBedrock(settings("us-east-1", own.url));
        const running = summariseAll(settings("us-east-1", own.url));
        await sleep(50);
        own.setFaults(faults);
        await sleep(2_500);
        own.setFaults(NO_FAULTS);
        const { outputs } = await running;
        assert.deepEqual(outputs.deadLetters, [], what);
        assert.deepEqual(outputs.main.map(({ part }) => part.sessionKey).sort(), [...USERS].sort(), what);
      } finally {
        await own.close();
      }
    };
    const refused = WAITED_FOR.map((name) => wait(name, { refusal: name }));
    await Promise.all([...refused, ...Object.entries(OF_NO_USE).map(([what, [faults]]) => wait(what, faults))]);
  }).timeout(60_000);

  it("does not end the start for one odd answer, since a job asks again too", async () => {
    server.setFaults({ badAnswerFraction: 0.5, seed: 9 });
    const before = server.stats().calls;
    await checkSummaryModel(settings().summarise);
    assert.equal(server.stats().calls - before, 2);
  });

  it("refuses one model alone", async () => {
    server.setFaults({ refusal: "useCaseForm", refusedModels: [DEFAULT_SUMMARISE.model] });
    const { outputs } = await embedded(embed(settings().embed), [summarisedPart("hello")]);
    assert.equal(outputs.main.length, 1);
    await assert.rejects(checkBedrock(settings()), isFatal("ACCESS_DENIED", /use-case form/));
  });

  it("makes letters of those inputs alone that the model rejects, however many there are", async () => {
    server.setFaults({ rejectText: "S3CRET" });
    const before = server.stats().calls;
    const parts = USERS.map((user, index) => sessionPart([index % 2 === 0 ? "hello" : "a S3CRET word"], user));
    const { outputs } = await summarised(summarise(settings().summarise), parts);
    assert.deepEqual([outputs.main.length, outputs.deadLetters.length], [50, 50]);
    for (const { code, reason } of outputs.deadLetters) {
      assert.equal(code, "MODEL_REFUSED");
      assert.doesNotMatch(reason, /S3CRET|AWS says/);
    }
    assert(server.stats().calls - before <= 170, `${server.stats().calls - before} calls for 100 sessions`);
  }).timeout(60_000);

  it("has embeddings wait in the same way", async () => {
    server.setFaults({ refusal: "unheardOf" });
    const parts = USERS.slice(0, 20).map((user) => summarisedPart(`where is the order of ${user}`));
    const running = embedded(embed(settings().embed), parts);
    await sleep(2_500);
    server.setFaults({ refusal: null });
    const { outputs } = await running;
    assert.deepEqual([outputs.main.length, outputs.deadLetters.length], [20, 0]);
  }).timeout(60_000);

  it("names the embedding model that a region has", async () => {
    server.setFaults({ byRegion: true });
    const own = settings("eu-west-1");
    const model = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";
    const here = { ...own, summarise: { ...own.summarise, model } };
    await assert.rejects(
      checkBedrock(here),
      isFatal("MODEL_NOT_FOUND", /not offered in eu-west-1: give --embedding-model amazon\.titan-embed-text-v2:0/),
    );
    await checkBedrock({ ...here, embed: { ...here.embed, model: embeddingModel("amazon.titan-embed-text-v2:0") } });
    await checkBedrock(settings("eu-central-1"));
  });
});

describe("Claude's answers in disorder", () => {
  let server: LocalBedrock;
  before(async () => {
    server = await startLocalBedrock(0);
  });
  beforeEach(() => server.setFaults(NO_FAULTS));
  after(() => server.close());

  const ways = { Converse: {}, InvokeModel: { api: "invoke" } } as const;

  function run(change: (typeof ways)[keyof typeof ways]) {
    const bedrock = { region: "us-east-1", endpoint: server.url, maxConcurrentCalls: 4, requestTimeoutMs: 5_000 };
    return summarised(summarise({ ...DEFAULT_SUMMARISE, bedrock, ...change }), [sessionPart(["where is it?"])]);
  }

  for (const [way, change] of Object.entries(ways)) {
    it(`are read at the first call: ${way}`, async () => {
      const asked = (await run(change)).outputs.main[0]?.summary;
      for (const wrapping of WRAPPING_NAMES) {
        server.setFaults({ wrapping });
        const before = server.stats().calls;
        const { outputs } = await run(change);
        assert.deepEqual(outputs.deadLetters, [], wrapping);
        assert.deepEqual(outputs.main[0]?.summary, asked, wrapping);
        assert.equal(server.stats().calls - before, 1, wrapping);
      }
    });

    it(`that a guardrail stopped are letters that say so: ${way}`, async () => {
      server.setFaults({ guardrailFraction: 1, faultText: "where is it?" });
      const { outputs } = await run(change);
      assert.deepEqual(
        outputs.deadLetters.map(({ code, reason }) => [code, reason]),
        [["MODEL_REFUSED", "a guardrail stopped the answer"]],
      );
    });
  }

  for (const [way, change] of Object.entries(ways)) {
    it(`for which the context has no room are asked for again with half the chat: ${way}`, async () => {
      const bedrock = { region: "us-east-1", endpoint: server.url, maxConcurrentCalls: 4, requestTimeoutMs: 5_000 };
      const chat = Array.from({ length: 40 }, (_, index) => `message ${index} about an order`);
      const fn = summarise({ ...DEFAULT_SUMMARISE, bedrock, ...change });
      const { counters } = await summarised(fn, [sessionPart(chat)]);
      server.setFaults({ fullContextTokens: counters["summariseInputTokens"]! - 1 });
      const before = server.stats().calls;
      const { outputs } = await summarised(fn, [sessionPart(chat)]);
      assert.equal(outputs.main.length, 1);
      assert(server.stats().calls - before > 2, "the whole, and its pieces");
    });
  }
});
