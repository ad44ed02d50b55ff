/** Harmless requests that meet the same errors as the job's own, of about 700 tokens together. */
import { buildPrompt } from "../../chat/steps/prompt";
import type { Send } from "./client";
import { titanBody } from "./embed-request";
import { type EmbedSettings, structuredFor, type SummariseSettings } from "./settings";
import type { ModelAnswer } from "./summary-answer";
import { askForSummary } from "./summary-request";

const GREETING = "Hello, is anybody there?";
const PART = { part: 1, partCount: 1 };

export function summaryProbe(settings: SummariseSettings): Send<ModelAnswer> {
  const answerAsText = structuredFor(settings) === "text";
  const prompt = buildPrompt(PART, [GREETING], { language: settings.language, answerAsText });
  return (client, call) => askForSummary(client, prompt, settings.maxTokens, settings, call);
}

/** Resolves with the body of Titan's answer. */
export function embeddingProbe({ model }: Pick<EmbedSettings, "model">): Send<unknown> {
  return (client, call) => client.invoke(model.id, titanBody(model, "hello"), call);
}
