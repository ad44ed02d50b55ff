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

export interface ToldEmbedding {
  /** Undefined where the index does not tell: it is older or somebody else's, or the credentials may only search. */
  readonly embedding: IndexEmbedding | undefined;
}

/**
 * Undefined while there is no such index. Rejects with SERVICE_UNREACHABLE in trouble that may pass, and with
 * INDEX_MISFIT for an alias of indexes that disagree, which no question's vector can search.
 */
export async function toldEmbedding(client: OpenSearchClient, index: string): Promise<ToldEmbedding | undefined> {
  const all = await askMappings<{ readonly mappings?: Mappings }>(client, index, "*.mappings._meta");
  if (all === undefined) return undefined;
  const found = Object.values(all).flatMap(({ mappings }) => embeddingOf(mappings?._meta) ?? []);
  const [first] = found;
  if (first !== undefined && found.some((other) => !isSame(first, other))) {
    throw new JobError(
      "INDEX_MISFIT",
      `The indexes behind "${index}" hold vectors of different models: name one of them with --index, or search by words with --mode keyword.`,
    );
  }
  return { embedding: first };
}

/** The same where it does not matter why the index does not tell. */
export async function indexEmbedding(client: OpenSearchClient, index: string): Promise<IndexEmbedding | undefined> {
  return (await toldEmbedding(client, index))?.embedding;
}

/** The same in the `_meta` of one index. */
export function embeddingOf(meta: Mappings["_meta"]): IndexEmbedding | undefined {
  const { model, dimension } = meta?.embedding ?? {};
  return typeof model === "string" && typeof dimension === "number" ? { model, dimension } : undefined;
}

export function isSame(one: IndexEmbedding, other: IndexEmbedding): boolean {
  return bareModelId(one.model) === bareModelId(other.model) && one.dimension === other.dimension;
}
