import { CUSTOMER } from "../../chat/model";
import { boundedInputs, inputTokens, modelInputs } from "../../chat/steps/summaries/model-inputs";
import { buildPrompt } from "../../chat/steps/summaries/prompt";
import { estimateTokens } from "../../chat/steps/text/tokens";
import { MAX_INPUT_TOKENS } from "./embed-request";
import { answerForm } from "./summary-schema";
import { type EmbedSettings, structuredFor, type SummariseSettings } from "./settings";
import { MAX_INPUTS } from "./summarise-part";

/** Tokens that one session part costs. */
export interface Use {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly embeddingTokens: number;
}

/** Labels, flags and the braces around them. */
const FORM_TOKENS = 120;

/**
 * Makes a function that estimates from above what models take for a part with these messages, and about such a summary
 * as it has. Calls that are repeated, for a wrong answer or a cut one, are not counted.
 */
export function useEstimate(
  summarise: Omit<SummariseSettings, "bedrock">,
  { of }: Pick<EmbedSettings, "of">,
): (contents: readonly string[], summary: string) => Use {
  const isText = structuredFor(summarise) === "text";
  const { language, taxonomy, maxChatTokens } = summarise;
  const prompt = buildPrompt({ part: 1, partCount: 1 }, [], { language, taxonomy, answerAsText: isText });
  const schema = isText ? "" : JSON.stringify(answerForm(taxonomy).jsonSchema);
  const fixedTokens = estimateTokens(`${prompt.system}${prompt.user}${schema}`);
  return (contents, summary) => {
    const lines = contents.map((text) => ({ speaker: [CUSTOMER] as const, text }));
    const { inputs } = boundedInputs(modelInputs(lines, maxChatTokens), MAX_INPUTS);
    const chatTokens = inputs.reduce((sum, input) => sum + inputTokens(input), 0);
    const summaryTokens = estimateTokens(summary);
    const answerTokens = summaryTokens + FORM_TOKENS;
    return {
      inputTokens: inputs.length * fixedTokens + chatTokens,
      outputTokens: inputs.length * Math.min(answerTokens, summarise.maxTokens),
      embeddingTokens: Math.min(of === "session" ? chatTokens : summaryTokens, MAX_INPUT_TOKENS),
    };
  };
}
