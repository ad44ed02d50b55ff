import type { Taxonomy } from "../chat/steps/summaries/taxonomy";
import { type BedrockSettings, DEFAULT_SUMMARISE, type SummariseSettings } from "../io/bedrock/settings";
import type { OptionValues } from "./table";

/** Settings of the summaries, for the job and for whoever asks the same questions. */
export function summariseSettings(
  values: Pick<OptionValues, "summaryApi" | "structured" | "summaryLanguage" | "maxTokens">,
  model: string,
  bedrock: BedrockSettings,
  taxonomy: Taxonomy,
): SummariseSettings {
  return {
    ...DEFAULT_SUMMARISE,
    bedrock,
    model,
    api: values.summaryApi,
    structured: values.structured,
    language: values.summaryLanguage,
    taxonomy,
    maxTokens: values.maxTokens,
    maxTokensWhenCut: Math.max(DEFAULT_SUMMARISE.maxTokensWhenCut, values.maxTokens),
  };
}
