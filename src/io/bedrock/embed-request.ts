import { z } from "zod";
import { JobError } from "../../chat/errors";
import type { SummarisedPart } from "../../chat/model";
import { type BoundedText, plainText } from "../../chat/steps/summaries/prompt";
import { truncateToTokens } from "../../chat/steps/text/tokens";
import { dimensionsOf, type EmbeddingModel, type EmbedSettings } from "./settings";

/** Titan's limits for v1 and v2 alike, from the model's own error messages: tokens of input, and characters. */
export const MAX_INPUT_TOKENS = 8_192;
export const MAX_INPUT_LENGTH = 50_000;

/**
 * The text that is embedded for a session, at most `maxTokens` estimated tokens. For "summary" the topics follow the
 * summary: they are the words that people search for, in a few tokens. The intent is left out, because a label that
 * hundreds of sessions share only brings them nearer to each other.
 */
export function embeddingInput(
  value: SummarisedPart,
  of: EmbedSettings["of"],
  maxTokens = MAX_INPUT_TOKENS,
): BoundedText {
  if (of === "session") return plainText(value.part, maxTokens, MAX_INPUT_LENGTH);
  const { summary, topics } = value.summary;
  const whole = [summary, topics.join(", ")].join("\n").trim();
  const text = truncateToTokens(whole, maxTokens, MAX_INPUT_LENGTH);
  return { text, isCut: text.length < whole.length };
}

/** The body of Titan's InvokeModel. */
export function titanBody(model: EmbeddingModel, inputText: string): object {
  if (model.family === "titan-v1") return { inputText };
  return { inputText, dimensions: model.dimensions, normalize: model.normalize };
}

const TITAN_ANSWER = z.object({ embedding: z.array(z.unknown()).min(1), inputTextTokenCount: z.number().optional() });

export type Embedded =
  | { readonly ok: true; readonly embedding: readonly number[]; readonly inputTokens: number }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads the vector in Titan's answer. One that is no vector of finite numbers, or all zeros (which has no direction, so
 * the index would refuse it), is not usable; one of another size than the settings say throws `JobError` VECTOR_SIZE.
 */
export function readTitan(body: unknown, model: EmbeddingModel): Embedded {
  const parsed = TITAN_ANSWER.safeParse(body);
  if (!parsed.success) return { ok: false, reason: "the answer holds no vector" };
  const { embedding, inputTextTokenCount } = parsed.data;
  requireVectorSize(embedding.length, model);
  let length = 0;
  for (const component of embedding) {
    if (typeof component !== "number" || !Number.isFinite(Math.fround(component))) {
      return { ok: false, reason: "the vector holds values that are not finite numbers" };
    }
    length += Math.abs(component);
  }
  if (length === 0) return { ok: false, reason: "the vector is zero" };
  return { ok: true, embedding: embedding as number[], inputTokens: inputTextTokenCount ?? 0 };
}

function requireVectorSize(size: number, model: EmbeddingModel): void {
  const expected = dimensionsOf(model);
  if (size === expected) return;
  throw new JobError(
    "VECTOR_SIZE",
    `${model.id} answers vectors of ${size} floats instead of ${expected}; set the embedding model and its dimensions to what the index was made for.`,
  );
}
