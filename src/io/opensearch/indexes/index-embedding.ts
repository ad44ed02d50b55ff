/** The model whose vectors an index holds, as the index itself tells in its `_meta`. */
import { JobError } from "../../../chat/errors";
import { bareModelId } from "../../aws/model-id";
import { askMappings } from "../requests/ask-mappings";
import type { OpenSearchClient } from "../requests/client";

export interface IndexEmbedding {
  /** Id of the model. */
  readonly model: string;
  /** Numbers in a vector. */
  readonly dimension: number;
}

interface Mappings {
  readonly _meta?: { readonly embedding?: Partial<IndexEmbedding> };
}

/**
 * Undefined when the index does not tell: there is none, it is older or somebody else's, or the credentials may only
 * search. Rejects with SERVICE_UNREACHABLE in trouble that may pass, and with INDEX_MISFIT for an alias of indexes that
 * disagree, which no question's vector can search.
 */
export async function indexEmbedding(client: OpenSearchClient, index: string): Promise<IndexEmbedding | undefined> {
  const all = await askMappings<{ readonly mappings?: Mappings }>(client, index, "*.mappings._meta");
  const found = Object.values(all ?? {}).flatMap(({ mappings }) => embeddingOf(mappings?._meta) ?? []);
  const [first] = found;
  if (first !== undefined && found.some((other) => !isSame(first, other))) {
    throw new JobError(
      "INDEX_MISFIT",
      `The indexes behind "${index}" hold vectors of different models: name one of them with --index, or search by words with --mode keyword.`,
    );
  }
  return first;
}

/** The same in the `_meta` of one index. */
export function embeddingOf(meta: Mappings["_meta"]): IndexEmbedding | undefined {
  const { model, dimension } = meta?.embedding ?? {};
  return typeof model === "string" && typeof dimension === "number" ? { model, dimension } : undefined;
}

export function isSame(one: IndexEmbedding, other: IndexEmbedding): boolean {
  return bareModelId(one.model) === bareModelId(other.model) && one.dimension === other.dimension;
}
