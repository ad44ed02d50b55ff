/** Harmless requests that meet the same errors as the job's own, of about 700 tokens together. */
import { CUSTOMER } from "../../chat/model";
import { buildPrompt } from "../../chat/steps/prompt";
import type { Send } from "./client";
import { titanBody } from "./embed-request";
import type { EmbedSettings, SummariseSettings } from "./settings";
import type { ModelAnswer } from "./summary-answer";
import { askForSummary, askingForm } from "./summary-request";

const GREETING = { speaker: [CUSTOMER], text: "Hello, is anybody there?" } as const;
const PART = { part: 1, partCount: 1 };

export function summaryProbe(settings: SummariseSettings): Send<ModelAnswer> {
  const form = askingForm(settings);
  const { language, taxonomy, maxTokens } = settings;
  const prompt = buildPrompt(PART, [GREETING], { language, taxonomy, answerAsText: form.structured === "text" });
  return (client, call) => askForSummary(client, prompt, maxTokens, form, call);
}

/** Resolves with the body of Titan's answer. */
export function embeddingProbe({ model }: Pick<EmbedSettings, "model">): Send<unknown> {
  return (client, call) => client.invoke(model.id, titanBody(model, "hello"), call);
}
