/** Finds documents whose model, prompt or taxonomy is another than the job's. */
import type { AskedVersions } from "../../../chat/model";
import type { SessionDocument, StoredMessage } from "../../../chat/steps/documents/document";
import type { OpenSearchClient } from "../requests/client";
import { documentsInOrder, bodyOf } from "../requests/in-order";

/** Narrows the documents down; all of them must hold. */
export interface BehindFilters {
  /** Values by the names of keyword fields. */
  readonly terms: Readonly<Record<string, string>>;
  /** Sessions that ended at this time or later. */
  readonly fromMs?: number;
  /** Sessions that began before this time. */
  readonly toMs?: number;
  /** Documents of any other summary model. */
  readonly notModel?: string;
}

export interface BehindCount {
  /** Documents that the filters let through. */
  readonly documents: number;
  readonly behind: number;
  /** Why: a document may be behind in several. */
  readonly byModel: number;
  readonly byPrompt: number;
  readonly byTaxonomy: number;
  /** Documents behind that nobody can ask a model about again. */
  readonly withoutMessages: number;
}

/** The fields of a document that an estimate needs. */
export interface BehindSample extends Pick<SessionDocument, "summary" | "topics"> {
  readonly messages?: readonly Pick<StoredMessage, "content">[];
}

const WITHOUT_MESSAGES = {
  bool: {
    must_not: [
      { nested: { path: "messages", ignore_unmapped: true, query: { exists: { field: "messages.timestamp" } } } },
    ],
  },
};

function differs(field: keyof AskedVersions, value: string | number): object {
  return { bool: { must_not: [{ term: { [field]: { value } } }] } };
}

function clausesOf({ terms, fromMs, toMs, notModel }: BehindFilters): readonly object[] {
  return [
    ...Object.entries(terms).map(([field, value]) => ({ term: { [field]: { value } } })),
    ...(fromMs === undefined ? [] : [{ range: { end: { gte: new Date(fromMs).toISOString() } } }]),
    ...(toMs === undefined ? [] : [{ range: { start: { lt: new Date(toMs).toISOString() } } }]),
    ...(notModel === undefined ? [] : [differs("summaryModel", notModel)]),
  ];
}

/** Documents that the filters let through, and that were asked with another version of anything. */
function behindQuery(versions: AskedVersions, filters: BehindFilters): object {
  const current = Object.entries(versions).map(([field, value]) => ({
    term: { [field]: { value: value as unknown } },
  }));
  return { bool: { filter: clausesOf(filters), must_not: [{ bool: { filter: current } }] } };
}

/** Counts what a search finds by now. Rejects with a `JobError`, as all of these do. */
export async function countBehind(
  client: OpenSearchClient,
  index: string,
  versions: AskedVersions,
  filters: BehindFilters,
): Promise<BehindCount> {
  await bodyOf(client, index, { method: "POST", path: `/${index}/_refresh` });
  const why = {
    byModel: differs("summaryModel", versions.summaryModel),
    byPrompt: differs("promptVersion", versions.promptVersion),
    byTaxonomy: differs("taxonomyHash", versions.taxonomyHash),
    withoutMessages: WITHOUT_MESSAGES,
  };
  const json = {
    size: 0,
    track_total_hits: true,
    query: { bool: { filter: clausesOf(filters) } },
    aggs: {
      behind: { filter: behindQuery(versions, { terms: {} }), aggs: { why: { filters: { filters: why } } } },
    },
  };
  const found = (await bodyOf(client, index, { method: "POST", path: `/${index}/_search`, json })) as {
    readonly hits: { readonly total: { readonly value: number } };
    readonly aggregations: {
      readonly behind: {
        readonly doc_count: number;
        readonly why: { readonly buckets: Readonly<Record<keyof typeof why, { readonly doc_count: number }>> };
      };
    };
  };
  const { behind } = found.aggregations;
  const { byModel, byPrompt, byTaxonomy, withoutMessages } = behind.why.buckets;
  return {
    documents: found.hits.total.value,
    behind: behind.doc_count,
    byModel: byModel.doc_count,
    byPrompt: byPrompt.doc_count,
    byTaxonomy: byTaxonomy.doc_count,
    withoutMessages: withoutMessages.doc_count,
  };
}

interface WantedBehind {
  readonly versions: AskedVersions;
  readonly filters: BehindFilters;
  readonly size: number;
}

/** At most `size` documents that are behind and hold their messages, drawn at random. */
export async function sampleBehind(
  client: OpenSearchClient,
  index: string,
  { versions, filters, size }: WantedBehind,
): Promise<readonly BehindSample[]> {
  return sample(client, index, size, {
    bool: { filter: [behindQuery(versions, filters)], must_not: [WITHOUT_MESSAGES] },
  });
}

/** At most `size` documents of all, drawn at random. */
export function sampleAll(client: OpenSearchClient, index: string, size: number): Promise<readonly BehindSample[]> {
  return sample(client, index, size, { match_all: {} });
}

async function sample(
  client: OpenSearchClient,
  index: string,
  size: number,
  query: object,
): Promise<readonly BehindSample[]> {
  const json = {
    size,
    track_total_hits: false,
    _source: ["messages", "summary", "topics"],
    query: { function_score: { query, random_score: {}, boost_mode: "replace" } },
  };
  const found = await bodyOf(client, index, { method: "POST", path: `/${index}/_search`, json });
  return (found as { hits: { hits: readonly { readonly _source: BehindSample }[] } }).hits.hits.map(
    ({ _source }) => _source,
  );
}

/** Counts the documents of which only the models' answers are kept. */
export async function countWithoutMessages(client: OpenSearchClient, index: string): Promise<number> {
  const json = { query: WITHOUT_MESSAGES };
  const found = await bodyOf(client, index, { method: "POST", path: `/${index}/_count`, json });
  return (found as { readonly count: number }).count;
}

/** Ids of all documents that are behind, at most `size` at once. */
export async function* behindIds(
  client: OpenSearchClient,
  index: string,
  { versions, filters, size }: WantedBehind,
): AsyncGenerator<readonly string[]> {
  let ids: string[] = [];
  for await (const { _id } of documentsInOrder(client, index, [], behindQuery(versions, filters))) {
    ids.push(_id);
    if (ids.length < size) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}
