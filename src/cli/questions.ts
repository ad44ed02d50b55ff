/** Embeds questions by the model that made the index's vectors, with patience for Bedrock. */
import { embedText } from "../io/bedrock/embed-text";
import { KeptVectors } from "../io/bedrock/kept-vectors";
import { embeddingModelOf } from "../io/bedrock/question-model";
import { toldEmbedding } from "../io/opensearch/indexes/index-embedding";
import { KeptAnswer } from "../io/opensearch/requests/kept-answer";
import type { Embed } from "../io/opensearch/searching/search";
import type { CommandLine } from "../options/command-line";
import type { ValuesOf } from "../options/spec";
import { EMBEDDINGS } from "../options/table";
import { type OpenServices, SERVICE_OPTIONS } from "./services";

export const QUESTION_OPTIONS = {
  ...SERVICE_OPTIONS,
  embeddingModel: EMBEDDINGS.embeddingModel,
  embeddingDimensions: EMBEDDINGS.embeddingDimensions,
} as const;

const REQUEST_TIMEOUT_MS = 30_000;
/** Bedrock counts its quotas by the minute. */
const MAX_THROTTLED_MS = 60_000;

type Line = Pick<CommandLine, "origins"> & { readonly values: unknown };

/** Refuses a model that no index could hold, before anything starts. Throws `JobError` BAD_OPTION. */
export function checkEmbedding(line: Line): void {
  const choice = choiceOf(line);
  if (choice.id !== undefined) embeddingModelOf(choice, "", undefined);
}

/**
 * Embeds questions with the model of the index, which is asked for it again after a minute: another index may have its
 * name by then. Rejects with a `JobError`, with BAD_OPTION for options that contradict the index. `say` is told when
 * Bedrock throttles.
 */
export function questionEmbedding(
  line: Line,
  { openSearch, index, endpoints }: Pick<OpenServices, "openSearch" | "index" | "endpoints">,
  maxConcurrentCalls: number,
  say: (line: string) => void,
  nowMs?: () => number,
): Embed {
  const { region } = valuesOf(line);
  const bedrock = {
    region,
    ...(endpoints.bedrock === undefined ? {} : { endpoint: endpoints.bedrock }),
    maxConcurrentCalls,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  };
  const told = new KeptAnswer(() => toldEmbedding(openSearch, index), nowMs);
  const vectors = new KeptVectors();
  return async (text) => {
    const model = embeddingModelOf(choiceOf(line), index, (await told.get())?.embedding);
    const patience = {
      maxThrottledMs: MAX_THROTTLED_MS,
      onThrottled: () => say(`Bedrock throttles ${model.id}; waiting for up to ${MAX_THROTTLED_MS / 1_000} s …`),
    };
    return vectors.of(model, text, () => embedText({ bedrock, model }, text, patience));
  };
}

function choiceOf(line: Line) {
  const values = valuesOf(line);
  return {
    id: line.origins["embeddingModel"] === "default" ? undefined : values.embeddingModel,
    dimensions: values.embeddingDimensions,
    fallbackId: values.embeddingModel,
  };
}

/** The cast is sound, because the same table has read the values. */
function valuesOf({ values }: Line): ValuesOf<typeof QUESTION_OPTIONS> {
  return values as ValuesOf<typeof QUESTION_OPTIONS>;
}
