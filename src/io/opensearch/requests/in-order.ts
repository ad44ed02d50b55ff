/** Reads many documents one page after the other, for a person who waits. */
import { JobError } from "../../../chat/errors";
import { ask } from "./ask";
import type { OpenSearchClient, OpenSearchRequest } from "./client";

const PAGE_SIZE = 1_000;
/** Documents without a session key first: they are their user's. An older index does not have the field. */
const BY_SESSION_KEY = { order: "asc", missing: "_first", unmapped_type: "keyword" };
const BY_KEY = [{ sessionKey: BY_SESSION_KEY }, { userId: "asc" }, { end: "asc" }];

/** The order in which documents were written last, on each shard; any index has it. */
export const BY_WRITING = [{ _seq_no: "asc" }];

export interface Hit<S> {
  readonly _id: string;
  readonly _source: S;
  readonly sort: readonly unknown[];
}

/**
 * All documents that a query finds, by session key, user and end, or in another order. Without a scroll or a point in
 * time, which are beyond the paths of the index that a policy allows. Documents that are written meanwhile may be
 * missed, or come as they are then.
 */
export async function* documentsInOrder<S>(
  client: OpenSearchClient,
  index: string,
  fields: readonly string[],
  query?: object,
  order: readonly object[] = BY_KEY,
): AsyncGenerator<Hit<S>> {
  let after: readonly unknown[] | undefined;
  for (let size = PAGE_SIZE; ;) {
    const found = await bodyOf(client, index, {
      method: "POST",
      path: `/${index}/_search`,
      json: {
        ...{ size, sort: order, track_total_hits: false, _source: fields },
        ...(query === undefined ? {} : { query }),
        ...(after === undefined ? {} : { search_after: after }),
      },
    });
    const { hits } = (found as { hits: { hits: readonly Hit<S>[] } }).hits;
    if (hits.length < size) {
      yield* hits;
      return;
    }
    const next = nextPage({ size, after }, hits);
    yield* hits.slice(0, next.read);
    ({ size, after } = next);
  }
}

/** Where the page behind a full one begins, and how many of the full one's hits the next does not give again. */
export function nextPage(
  { size, after }: { readonly size: number; readonly after?: readonly unknown[] | undefined },
  hits: readonly { readonly sort: readonly unknown[] }[],
): { readonly size: number; readonly after: readonly unknown[] | undefined; readonly read: number } {
  // Others that sort like the last one may be on the next page, which begins behind all of them.
  const last = JSON.stringify(hits.at(-1)?.sort);
  const read = hits.findIndex((hit) => JSON.stringify(hit.sort) === last);
  return { size: read === 0 ? size * 2 : size, after: hits[read - 1]?.sort ?? after, read };
}

/** Resolves with the answer's body. Rejects with a `JobError`. */
export async function bodyOf(client: OpenSearchClient, index: string, request: OpenSearchRequest): Promise<unknown> {
  const answer = await ask(client, index, request);
  if (answer.status === 200) return answer.body;
  throw new JobError(
    "SERVICE_UNREACHABLE",
    `OpenSearch could not read index "${index}" (status ${answer.status}): check its name, and try again.`,
  );
}
