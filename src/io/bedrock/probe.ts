/** Harmless requests that meet the same refusals as the job's own, of about 700 tokens together. */
import { CUSTOMER } from "../../chat/model";
import { buildPrompt } from "../../chat/steps/summaries/prompt";
import type { Send } from "./client";
import { readTitan, titanBody } from "./embed-request";
import type { EmbedSettings, SummariseSettings } from "./settings";
import { judgeAnswer, type ModelAnswer } from "./summary-answer";
import { askForSummary, type AskingForm } from "./summary-request";

const GREETING = { speaker: [CUSTOMER], text: "Hello, is anybody there?" } as const;
const PART = { part: 1, partCount: 1 };

/** Resolves with why the answer is of no use, in words that are not the model's; with undefined for a useful one. */
export type Probe = Send<string | undefined>;

export function summaryProbe(settings: SummariseSettings, form: AskingForm): Probe {
  const { maxTokensWhenCut } = settings;
  const send = greeting(settings, maxTokensWhenCut, form);
  return async (client, call) => {
    const judged = judgeAnswer(await send(client, call), form.answers, maxTokensWhenCut);
    return judged.ok ? undefined : judged.reason;
  };
}

export function embeddingProbe(settings: Pick<EmbedSettings, "model">): Probe {
  const send = greetingToEmbed(settings);
  return async (client, call) => {
    const read = readTitan(await send(client, call), settings.model);
    return read.ok ? undefined : read.reason;
  };
}

/** Asks for the description of a greeting in at most so many tokens. */
export function greeting(settings: SummariseSettings, maxTokens: number, form: AskingForm): Send<ModelAnswer> {
  const { language, taxonomy } = settings;
  const prompt = buildPrompt(PART, [GREETING], { language, taxonomy, answerAsText: form.structured === "text" });
  return (client, call) => askForSummary(client, prompt, maxTokens, form, call);
}

/** Resolves with the body of Titan's answer. */
export function greetingToEmbed({ model }: Pick<EmbedSettings, "model">): Send<unknown> {
  return (client, call) => client.invoke(model.id, titanBody(model, "hello"), call);
}
