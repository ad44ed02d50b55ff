/** The model whose vectors an index holds, as the index itself tells in its `_meta`. */
import { JobError } from "../../../chat/errors";
import { bareModelId } from "../../aws/model-id";
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
 * search. Rejects with INDEX_MISFIT for an alias of indexes that disagree, which no question's vector can
 * search.
 */
export async function indexEmbedding(client: OpenSearchClient, index: string): Promise<IndexEmbedding | undefined> {
  const query = { filter_path: "*.mappings._meta" };
  const answer = await client.request({ method: "GET", path: `/${index}/_mapping`, query }).catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  const all = Object.values(answer.body as Record<string, { readonly mappings?: Mappings }>);
  const found = all.flatMap(({ mappings }) => embeddingOf(mappings?._meta) ?? []);
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
