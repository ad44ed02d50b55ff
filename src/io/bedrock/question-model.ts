import { JobError } from "../../chat/errors";
import { bareModelId } from "../aws/model-id";
import { type EmbeddingModel, embeddingModel } from "./settings";

/** The options given for a search, with what its index tells. */
export interface EmbeddingChoice {
  /** Undefined when not given. */
  readonly id?: string | undefined;
  readonly dimensions?: number | undefined;
  readonly fallbackId: string;
}

/**
 * The model that embeds a question for an index: the index's own, where it tells. Throws `JobError` BAD_OPTION for
 * options that contradict it.
 */
export function embeddingModelOf(
  { id, dimensions, fallbackId }: EmbeddingChoice,
  index: string,
  told: { readonly model: string; readonly dimension: number } | undefined,
): EmbeddingModel {
  if (told === undefined) return embeddingModel(id ?? fallbackId, dimensions);
  const isSameModel = id === undefined || bareModelId(id) === bareModelId(told.model);
  if (isSameModel && (dimensions ?? told.dimension) === told.dimension) {
    return embeddingModel(id ?? told.model, told.dimension);
  }
  throw new JobError(
    "BAD_OPTION",
    `Index "${index}" holds vectors of ${told.model} (${told.dimension} numbers), which no others compare with: leave ${id === undefined ? "--embedding-dimensions" : "--embedding-model"} out, or name an index that was filled with what you gave.`,
  );
}
