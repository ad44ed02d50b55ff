import { useEstimate } from "../io/bedrock/estimate";
import { PRICES_OF, tokensUsd } from "../io/bedrock/prices";
import type { BehindCount, BehindSample } from "../io/opensearch/renewing/behind";
import type { PipelineSettings } from "../pipeline";
import { counted } from "./terminal/safe-text";

/** Cost of all documents that can be renewed, estimated from above. */
export interface RenewalCost {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly embeddingTokens: number;
  /** Null when a price is not known here. */
  readonly usd: number | null;
}

/** The costs of both. */
export function sumOf(one: RenewalCost, other: RenewalCost): RenewalCost {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    embeddingTokens: one.embeddingTokens + other.embeddingTokens,
    usd: one.usd === null || other.usd === null ? null : one.usd + other.usd,
  };
}

/** The costs of embedding `count` documents like those of the sample, whose summaries stay. */
export function embeddingCostOf(
  sample: readonly BehindSample[],
  count: number,
  settings: PipelineSettings,
): RenewalCost {
  const { embeddingTokens } = costOf(sample, count, settings);
  const usd = tokensUsd(settings.embed.model.id, embeddingTokens, 0) ?? null;
  return { inputTokens: 0, outputTokens: 0, embeddingTokens, usd };
}

/** The costs of `count` documents like those of the sample. */
export function costOf(
  sample: readonly BehindSample[],
  count: number,
  { summarise, embed }: PipelineSettings,
): RenewalCost {
  const estimate = useEstimate(summarise, embed);
  const uses = sample.map(({ messages = [], summary, topics }) =>
    estimate(
      messages.map(({ content }) => content),
      [summary, topics.join(", ")].join("\n"),
    ),
  );
  const of = (name: keyof (typeof uses)[number]): number =>
    uses.length === 0 ? 0 : Math.round((uses.reduce((sum, use) => sum + use[name], 0) / uses.length) * count);
  const [inputTokens, outputTokens, embeddingTokens] = [of("inputTokens"), of("outputTokens"), of("embeddingTokens")];
  const summaries = tokensUsd(summarise.model, inputTokens, outputTokens);
  const embeddings = tokensUsd(embed.model.id, embeddingTokens, 0);
  const usd = summaries === undefined || embeddings === undefined ? null : summaries + embeddings;
  return { inputTokens, outputTokens, embeddingTokens, usd };
}

export function planText(
  { documents, behind, byModel, byPrompt, byTaxonomy, withoutMessages }: BehindCount,
  { inputTokens, outputTokens, embeddingTokens, usd }: RenewalCost,
  { summarise, embed }: PipelineSettings,
  index: string,
): string {
  const first = `${behind} of ${counted(documents, "document")} in ${index} ${behind === 1 ? "is" : "are"} behind`;
  if (behind === 0) return `${first}.`;
  return [
    `${first}: ${byModel} by the model, ${byPrompt} by the prompt, ${byTaxonomy} by the taxonomy.`,
    ...(withoutMessages === 0
      ? []
      : [
          `${withoutMessages} of them hold no messages (--no-store-messages), so nobody can ask a model about them again.`,
        ]),
    `To renew the others, ${summarise.model} reads at most about ${counted(inputTokens, "token")} and writes ${outputTokens}, and ${embed.model.id} reads ${embeddingTokens}: ${dollars(usd)}.`,
  ].join("\n");
}

export function dollars(usd: number | null): string {
  const price = usd === null ? "at a price that is not known here" : `about ${usd.toFixed(2)} US dollars`;
  return `${price} (list prices of ${PRICES_OF})`;
}
