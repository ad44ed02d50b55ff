/** Costs of a session, estimated: documents do not keep how many tokens their models took. Pure. */
import { useEstimate } from "../io/bedrock/estimate";
import { PRICES_OF, tokensUsd } from "../io/bedrock/prices";
import { DEFAULT_SUMMARISE } from "../io/bedrock/settings";
import type { Part } from "../io/opensearch/searching/whole-session";
import type { SessionAnswer } from "./contract";

type Costs = NonNullable<SessionAnswer["costs"]>;

/** The sum of all parts, from above, as one call each by default settings; undefined where messages are not kept. */
export function costsOf(parts: readonly Part[]): Costs | undefined {
  if (parts.some(({ document }) => document.messages === undefined)) return undefined;
  const uses = parts.map(({ document }) => {
    const { messages = [], summary, topics, summaryModel: model, embeddingModel } = document;
    const estimate = useEstimate({ ...DEFAULT_SUMMARISE, model }, { of: "summary" });
    const contents = messages.map(({ content }) => content);
    const use = estimate(contents, [summary, topics.join(", ")].join("\n"));
    const summaries = tokensUsd(model, use.inputTokens, use.outputTokens);
    const embeddings = tokensUsd(embeddingModel, use.embeddingTokens, 0);
    return { ...use, usd: summaries === undefined || embeddings === undefined ? undefined : summaries + embeddings };
  });
  const sum = (value: (use: (typeof uses)[number]) => number): number =>
    uses.reduce((total, use) => total + value(use), 0);
  const isPriced = uses.every(({ usd }) => usd !== undefined);
  return {
    inputTokens: sum((use) => use.inputTokens),
    outputTokens: sum((use) => use.outputTokens),
    embeddingTokens: sum((use) => use.embeddingTokens),
    ...(isPriced ? { usd: sum(({ usd = 0 }) => usd) } : {}),
    pricesOf: PRICES_OF,
  };
}
