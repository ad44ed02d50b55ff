import { JobError } from "../../chat/errors";
import type { SessionPart } from "../../chat/model";
import { buildPrompt } from "../../chat/steps/prompt";
import { type Send, sharedBedrockClient } from "./client";
import { readTitan, titanBody } from "./embed-request";
import { failureOf } from "./failure";
import { decide, jobErrorOf } from "./retry";
import {
  type BedrockSettings,
  dimensionsOf,
  type EmbedSettings,
  structuredFor,
  type SummariseSettings,
} from "./settings";
import { askForSummary } from "./summary-request";

/** Pauses between tries of a model that does not answer at once. */
const PAUSES_MS = [200, 500, 1_000, 2_000];
/** A start-up check must not wait as long as a call with a long chat may. */
const CHECK_TIMEOUT_MS = 20_000;

/** A chat of one greeting: the cheapest call that shows what a real one would meet. */
const PROBE: SessionPart = {
  userId: "check",
  startMs: 0,
  endMs: 0,
  part: 1,
  partCount: 1,
  pane: 0,
  early: false,
  messages: [
    {
      userId: "check",
      content: "Hello, is anybody there?",
      timestampMs: 0,
      arrivalMs: 0,
      position: { shardId: "check", sequenceNumber: "0", subSequenceNumber: 0 },
    },
  ],
};

/**
 * Calls both models once, as the job will. Throws `JobError` with one sentence on how to mend it: MODEL_NOT_FOUND,
 * ACCESS_DENIED, NO_CREDENTIALS, SERVICE_UNREACHABLE, BAD_OPTION or VECTOR_SIZE. A model that throttles passes: it is
 * there, and the job waits for it. Costs about 700 tokens.
 */
export async function checkBedrock(settings: {
  readonly summarise: SummariseSettings;
  readonly embed: EmbedSettings;
}): Promise<void> {
  await Promise.all([checkSummaryModel(settings.summarise), probeVectorSize(settings.embed)]);
}

async function checkSummaryModel(settings: SummariseSettings): Promise<void> {
  const answerAsText = structuredFor(settings) === "text";
  const prompt = buildPrompt(PROBE, {
    language: settings.language,
    maxChatTokens: settings.maxChatTokens,
    answerAsText,
  });
  await tried(settings.bedrock, settings.model, (client, call) =>
    askForSummary(client, prompt, settings.maxTokens, settings, call),
  );
}

/**
 * The size of the embedding model's vectors, by asking it; while it throttles, what the settings say, since every vector
 * is checked again when it comes. Throws as `checkBedrock`; VECTOR_SIZE when it is not what the settings say.
 */
export async function probeVectorSize(settings: EmbedSettings): Promise<number> {
  const { model, bedrock } = settings;
  const answer = await tried(bedrock, model.id, (client, call) =>
    client.invoke(model.id, titanBody(model, "hello"), call),
  );
  if (answer === "throttled") return dimensionsOf(model);
  const read = readTitan(answer, model);
  if (!read.ok) throw new JobError("BAD_OPTION", `${model.id} is no embedding model for this job: ${read.reason}.`);
  return read.embedding.length;
}

export async function tried<T>(settings: BedrockSettings, model: string, send: Send<T>): Promise<T | "throttled"> {
  const client = sharedBedrockClient(settings);
  for (let attempt = 0; ; attempt++) {
    const signal = AbortSignal.timeout(Math.min(CHECK_TIMEOUT_MS, settings.requestTimeoutMs));
    try {
      return await send(client, { signal });
    } catch (error) {
      const decision = decide(failureOf(error, signal.aborted), model);
      if (decision.kind === "fatal") throw jobErrorOf(decision, error);
      if (decision.kind !== "retry") {
        throw new JobError("BAD_OPTION", `${model} rejects even a greeting: ${decision.reason}.`, { cause: error });
      }
      const pauseMs = PAUSES_MS[attempt];
      if (pauseMs === undefined || signal.aborted) {
        if (decision.cause === "throttled") return "throttled";
        throw unreachable(settings, error);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

function unreachable(settings: BedrockSettings, cause: unknown): JobError {
  const where = settings.endpoint ?? `the region ${settings.region}`;
  return new JobError(
    "SERVICE_UNREACHABLE",
    `Bedrock does not answer at ${where}; check the network, the region and --bedrock-endpoint.`,
    { cause },
  );
}
