/** Dead letters as a person looks through them: page by page, the newest first, and counted. */
import {
  askStore,
  type DeadLetterEntry,
  type DeadLetterFilter,
  type DeadLetterStore,
  entryOf,
  type LetterHit,
  queryOf,
} from "./dead-letter-store";

/** The place behind a letter: its time in milliseconds since 1970, and its id. Neither ever changes. */
export interface LetterPlace {
  readonly timeMs: number;
  readonly id: string;
}

interface LetterGroup {
  readonly code: string;
  readonly stage: string;
  readonly count: number;
}

/** More than there are codes, and stages. */
const MAX_GROUPS = 100;

/** `size` letters that pass the filter, from a place on. Rejects with a `JobError`. */
export async function letterPage(
  store: DeadLetterStore,
  filter: DeadLetterFilter,
  size: number,
  after?: LetterPlace,
): Promise<readonly DeadLetterEntry[]> {
  const json = {
    size,
    query: queryOf(filter),
    sort: [{ time: "desc" }, { id: "desc" }],
    _source: { excludes: ["payload"] },
    seq_no_primary_term: true,
    track_total_hits: false,
    ...(after === undefined ? {} : { search_after: [after.timeMs, after.id] }),
  };
  const answer = await askStore(store, { method: "POST", path: `/${store.index}/_search`, json });
  if (answer === undefined) return [];
  return (answer.body as { hits: { hits: readonly LetterHit[] } }).hits.hits.map(entryOf);
}

interface Bucket {
  readonly key: string;
  readonly doc_count: number;
  readonly stages: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] };
}

/** How many letters there are of each code in each stage, most first. Rejects with a `JobError`. */
export async function letterGroups(store: DeadLetterStore): Promise<readonly LetterGroup[]> {
  const stages = { terms: { field: "stage", size: MAX_GROUPS } };
  const codes = { terms: { field: "code", size: MAX_GROUPS }, aggs: { stages } };
  const json = { size: 0, track_total_hits: false, query: queryOf({}), aggs: { codes } };
  const answer = await askStore(store, { method: "POST", path: `/${store.index}/_search`, json });
  // An alias of no index answers without counts.
  const { aggregations } = (answer?.body ?? {}) as { aggregations?: { codes: { buckets: readonly Bucket[] } } };
  return (aggregations?.codes.buckets ?? []).flatMap(({ key: code, stages: { buckets } }) =>
    buckets.map(({ key: stage, doc_count: count }) => ({ code, stage, count })),
  );
}
