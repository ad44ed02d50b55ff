/**
 * Costs of tokens, roughly: list prices of us-east-1 as public tables had them in 2025, in US dollars. Look them up
 * before you decide.
 */

export const PRICES_OF = "us-east-1, 2025";

/** Prices of a million tokens in and out, by a part of the model's name. */
const MODEL_USD: readonly (readonly [name: string, inUsd: number, outUsd: number])[] = [
  ["claude-haiku-4-5", 1, 5],
  ["claude-sonnet-4-5", 3, 15],
  ["claude-sonnet-4", 3, 15],
  ["claude-3-haiku", 0.25, 1.25],
  ["titan-embed-text-v1", 0.1, 0],
  ["titan-embed-g1-text", 0.1, 0],
  ["titan-embed-text-v2", 0.02, 0],
];

/** Claude's profiles of one geography, and the models of one region, cost this much more than the global profile. */
const NOT_GLOBAL = 1.1;

/** Undefined when the model's price is not known here. */
export function tokensUsd(model: string, inputTokens: number, outputTokens: number): number | undefined {
  const found = MODEL_USD.find(([name]) => model.includes(name));
  if (found === undefined) return undefined;
  const [name, inUsd, outUsd] = found;
  const factor = name.endsWith("-4-5") && !model.includes("global.") ? NOT_GLOBAL : 1;
  return (factor * (inputTokens * inUsd + outputTokens * outUsd)) / 1_000_000;
}
