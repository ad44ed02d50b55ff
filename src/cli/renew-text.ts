import { useEstimate } from "../io/bedrock/estimate";
import { PRICES_OF, tokensUsd } from "../io/bedrock/prices";
import type { BehindCount, BehindSample } from "../io/opensearch/behind";
import type { PipelineSettings } from "../pipeline";
import { counted } from "./terminal/safe-text";

/** Of all documents that can be renewed, estimated from above. */
export interface RenewalCost {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly embeddingTokens: number;
  /** Null when a price is not known here. */
  readonly usd: number | null;
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
  const dollars = usd === null ? "at a price that is not known here" : `about ${usd.toFixed(2)} US dollars`;
  return [
    `${first}: ${byModel} by the model, ${byPrompt} by the prompt, ${byTaxonomy} by the taxonomy.`,
    ...(withoutMessages === 0
      ? []
      : [
          `${withoutMessages} of them hold no messages (--no-store-messages), so nobody can ask a model about them again.`,
        ]),
    `To renew the others, ${summarise.model} reads at most about ${counted(inputTokens, "token")} and writes ${outputTokens}, and ${embed.model.id} reads ${embeddingTokens}: ${dollars} (list prices of ${PRICES_OF}).`,
  ].join("\n");
}
