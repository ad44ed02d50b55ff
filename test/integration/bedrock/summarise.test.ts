import assert from "node:assert/strict";
import { BeamError } from "../../../src/beam/error";
import { DEFAULT_SUMMARISE, type BedrockSettings, type SummariseSettings } from "../../../src/io/bedrock/settings";
import { summarise } from "../../../src/io/bedrock/summarise";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import { NO_FAULTS } from "../../../src/local/bedrock/faults";
import type { SessionPart } from "../../../src/chat/model";
import { driveAsync } from "../../support/beam/drive-async";
import { CHATS_IN_FIVE_SCRIPTS, sessionPart } from "../../support/chat/session-parts";
import { PROMPT_VERSION } from "../../../src/chat/steps/summaries/prompt";
import { taxonomyHash } from "../../../src/chat/steps/summaries/taxonomy";
import { RETAIL } from "../../support/chat/retail";
import { contentsOf, planned } from "../../support/chat/planned";
import { until } from "../../support/until";

const HAIKU_3 = "anthropic.claude-3-haiku-20240307-v1:0";
const LETTERS = ["main", "deadLetters"] as const;

describe("summarise on the local Bedrock", () => {
  let server: LocalBedrock;
  before(async () => {
    server = await startLocalBedrock(0);
  });
  beforeEach(() => server.setFaults(NO_FAULTS));
  after(() => server.close());

  function settings(change: Partial<SummariseSettings> = {}, own: Partial<BedrockSettings> = {}): SummariseSettings {
    const bedrock = {
      region: "us-east-1",
      endpoint: server.url,
      maxConcurrentCalls: 16,
      requestTimeoutMs: 5_000,
      ...own,
    };
    return { ...DEFAULT_SUMMARISE, bedrock, ...change };
  }

  function run(parts: readonly SessionPart[], own: SummariseSettings) {
    return summariseAll(parts, own);
  }

  const ways: Readonly<Record<string, Partial<SummariseSettings>>> = {
    "Converse with a tool": {},
    "Converse with JSON in text": { structured: "text" },
    "Converse with a model that has no tools": { model: "anthropic.claude-v2:1" },
    "InvokeModel with a tool (Claude 3 Haiku)": { api: "invoke", model: HAIKU_3 },
    "InvokeModel with JSON in text": { api: "invoke", model: HAIKU_3, structured: "text" },
  };
  for (const [way, change] of Object.entries(ways)) {
    it(`summarises chats in five scripts: ${way}`, async () => {
      const languages = Object.keys(CHATS_IN_FIVE_SCRIPTS);
      const parts = Object.entries(CHATS_IN_FIVE_SCRIPTS).map(([language, chat]) => sessionPart(chat, language));
      const { outputs, counters } = await run(parts, settings(change));
      assert.deepEqual(outputs.deadLetters, []);
      assert.deepEqual(outputs.main.map((own) => own.part.sessionKey).sort(), [...languages].sort());
      for (const { part, summary, summaryModel } of outputs.main) {
        assert.equal(summary.language, part.sessionKey);
        assert.equal(summary.intent, "order");
        assert.equal(summary.sentiment, "positive");
        assert(summary.summary.includes(part.messages[0]!.content.slice(0, 5)));
        assert(summary.summary.includes("📦") && summary.summary.isWellFormed());
        assert.equal(summaryModel, change.model ?? DEFAULT_SUMMARISE.model);
      }
      assert.equal(counters["summarised"], parts.length);
      assert(counters["summariseInputTokens"]! > 0 && counters["summariseOutputTokens"]! > 0);
    });
  }

  for (const [way, change] of Object.entries(ways)) {
    it(`chooses from the labels of a taxonomy, and says which: ${way}`, async () => {
      const own = settings({ ...change, taxonomy: RETAIL });
      const { outputs } = await run([sessionPart(["The delivery of my shoes is late", "terrible"])], own);
      const [found] = outputs.main;
      assert.deepEqual(outputs.deadLetters, []);
      assert.deepEqual(found?.summary.topics, ["shoes"]);
      assert.deepEqual(found?.summary.categories, { solved: "no", churn_risk: "no" });
      assert.ok(RETAIL.intents.some(({ name }) => name === found?.summary.intent));
      assert.deepEqual([found?.taxonomyHash, found?.promptVersion], [taxonomyHash(RETAIL), PROMPT_VERSION]);
    });
  }

  it("merges the answers of a chat that is read in several calls", async () => {
    const own = settings({ taxonomy: RETAIL, maxChatTokens: 500 });
    const part = sessionPart(["Terrible! ", "What a day. ".repeat(300), "Thank you, great."]);
    const { outputs } = await run([part], own);
    assert.deepEqual(outputs.main[0]?.summary.categories, { solved: "yes", churn_risk: "yes" });
  });

  it("flags what is sensitive, with its kinds", async () => {
    const chat = ["my card is 4111 1111 1111 1111", "write to ann@example.org or +1 (212) 555-0187"];
    const { outputs } = await run([sessionPart(chat)], settings());
    assert.deepEqual(outputs.main[0]?.summary.sensitiveKinds, ["email", "payment", "phone"]);
    assert.equal(outputs.main[0]?.summary.sensitive, true);
  });

  it("asks again when the answer does not fit, then gives up with the session when a greeting is answered well", async () => {
    server.setFaults({ badAnswerFraction: 1, faultText: "S3CRET" });
    const before = server.stats().calls;
    const part = sessionPart(["a secret S3CRET word"]);
    const { outputs } = await run([part], settings());
    // Twice, then a greeting, which is answered well, then twice for the last time.
    assert.equal(server.stats().calls - before, 5);
    const [letter] = outputs.deadLetters;
    assert.equal(letter?.code, "BAD_ANSWER");
    assert.equal(letter?.stage, "summarise");
    assert.deepEqual(JSON.parse(Buffer.from(letter.payload).toString()), part);
    assert.match(letter.reason, /sentiment: must be one of/);
    assert(!letter.reason.includes("S3CRET"));
  });

  it("mends bad answers in text mode and InvokeModel too, when the second is good", async () => {
    for (const change of [{}, { structured: "text" }, { api: "invoke", model: HAIKU_3 }] as const) {
      server.setFaults({ badAnswerFraction: 0.4, seed: 3 });
      const parts = Array.from({ length: 60 }, (_, index) => sessionPart([`question ${index}?`], `u${index}`));
      const { outputs } = await run(parts, settings(change));
      assert.equal(outputs.main.length + outputs.deadLetters.length, parts.length);
      assert(outputs.deadLetters.every(({ code }) => code === "BAD_ANSWER"));
      assert(outputs.main.length > outputs.deadLetters.length * 2, `${outputs.main.length} mended`);
    }
  });

  it("repeats a cut answer with more tokens, then gives up", async () => {
    const long = sessionPart([
      "Where is my order and the parcel of my sister ".repeat(20),
      "The delivery is late again ".repeat(20),
    ]);
    const roomy = await run([long], settings({ maxTokens: 64, maxTokensWhenCut: 2_000 }));
    assert.equal(roomy.outputs.main.length, 1);
    const narrow = await run([long], settings({ maxTokens: 64, maxTokensWhenCut: 65 }));
    assert.equal(narrow.outputs.deadLetters[0]?.code, "ANSWER_CUT");
    server.setFaults({ cutFraction: 1, faultText: "parcel of my sister" });
    for (const change of [{ structured: "text" }, { api: "invoke", model: HAIKU_3 }] as const) {
      const { outputs } = await run([long], settings(change));
      assert.equal(outputs.deadLetters[0]?.code, "ANSWER_CUT");
    }
  });

  it("gives up what a filter stops and what the model rejects, without quoting the service", async () => {
    for (const fault of [
      { filteredFraction: 1, faultText: "hello" },
      { filteredFraction: 0, rejectText: "hello" },
    ]) {
      server.setFaults(fault);
      const { outputs } = await run([sessionPart(["hello"])], settings());
      assert.equal(outputs.deadLetters[0]?.code, "MODEL_REFUSED");
      assert(!outputs.deadLetters[0].reason.includes("following errors"));
    }
  });

  it("reads a text that the model finds too long in several calls", async () => {
    const part = sessionPart(["Where is my order? ".repeat(20_000), "still waiting"]);
    const own = settings({ model: "anthropic.claude-v2:1", maxChatTokens: 1_000_000 });
    const { outputs } = await run([part], own);
    assert.equal(outputs.main.length, 1);
    assert.equal(outputs.main[0]?.part, part);
  });

  it("ends the run for a wrong model, a retired one, one without access and one without a profile", async () => {
    server.setFaults({ retired: [HAIKU_3], denied: ["anthropic.claude-3-opus-20240229-v1:0"] });
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ["no.such-model", "MODEL_NOT_FOUND", /check the model's id and the region/],
      [HAIKU_3, "MODEL_NOT_FOUND", /end of life/],
      ["anthropic.claude-3-opus-20240229-v1:0", "ACCESS_DENIED", /bedrock:InvokeModel/],
      ["anthropic.claude-haiku-4-5-20251001-v1:0", "MODEL_NOT_FOUND", /inference profile/],
    ];
    for (const [model, code, advice] of cases) {
      await assert.rejects(run([sessionPart(["hi"])], settings({ model })), (error) => {
        assert(error instanceof BeamError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, advice);
        return true;
      });
    }
  });

  it("refuses a limit that the model does not have, and tools that it does not have", async () => {
    await assert.rejects(run([sessionPart(["hi"])], settings({ model: HAIKU_3, maxTokens: 5_000 })), /--max-tokens/);
    const forced = settings({ model: "anthropic.claude-v2:1", structured: "tool" });
    await assert.rejects(run([sessionPart(["hi"])], forced), /--structured text/);
  });

  it("fails the bundle when nothing is answered for too long, and when it is torn down", async () => {
    server.setFaults({ down: "503" });
    const limited = settings({}, { maxRetryDurationMs: 1_000 });
    await assert.rejects(run([sessionPart(["hi"])], limited), (error) => {
      return error instanceof BeamError && error.code === "PIPELINE" && /gave no answer for 1 s/.test(error.message);
    });
    const running = summariseAll([sessionPart(["hi"])], settings(), AbortSignal.timeout(300));
    await assert.rejects(running, /given up/);
  });

  it("gives up on a call that takes longer than its time-out, and tries again", async () => {
    server.setFaults({ latencyMs: 15_000 });
    const running = run([sessionPart(["hi"])], settings({}, { requestTimeoutMs: 3_000 }));
    await until("the call is under way", () => server.stats().inFlight > 0);
    server.setFaults({ latencyMs: 0 });
    const { outputs, counters } = await running;
    assert.equal(outputs.main.length, 1);
    assert.equal(counters["retries"], 1);
  });
});

async function summariseAll(parts: readonly SessionPart[], settings: SummariseSettings, closed?: AbortSignal) {
  const { outputs, counters } = await driveAsync(summarise(settings), parts.map(planned), LETTERS, closed);
  return { outputs: { ...outputs, main: contentsOf(outputs.main) }, counters };
}
