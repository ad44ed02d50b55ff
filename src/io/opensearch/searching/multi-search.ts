/** Several searches of one index in one request, for a person who waits. */
import { JobError } from "../../../chat/errors";
import { ask, denied } from "../requests/ask";
import type { OpenSearchAnswer, OpenSearchClient } from "../requests/client";
import { type ErrorCause, errorCause } from "../requests/error-cause";
import { noVectorSearch } from "../indexes/target";

export interface RawHit<Source = unknown, Inner = unknown> {
  readonly _index: string;
  readonly _id: string;
  /** Null where the search has an order of its own. */
  readonly _score: number | null;
  readonly _source: Source;
  /** Values by which the search orders its hits. */
  readonly sort?: readonly unknown[];
  readonly fields?: Readonly<Record<string, readonly unknown[]>>;
  readonly matched_queries?: readonly string[];
  readonly highlight?: { readonly summary?: readonly string[] };
  readonly inner_hits?: { readonly messages?: { readonly hits: { readonly hits: readonly Inner[] } } };
}

export interface Total {
  readonly value: number;
  /** "gte" when there may be more. */
  readonly relation: "eq" | "gte";
}

interface SearchAnswer {
  readonly status: number;
  readonly hits?: { readonly hits: readonly RawHit[]; readonly total?: Total };
  readonly aggregations?: object;
  readonly _shards?: { readonly failures?: readonly { readonly reason?: ErrorCause }[] };
}

/** An index, or one behind an alias, keeps messages in a form that cannot be searched. */
export class MessagesNotSearchable extends Error {}

/** The k-NN plugin's sentence, by its beginning: a reason may go on with the question's words. */
const WRONG_SIZE = /^(?:failed to create query: )?Query vector has invalid dimension: \d+\./;

/** The plugin's sentences about an index without `index.knn`, and about an engine without filters. */
const NO_VECTOR_SEARCH =
  /Field '\w+' is not (?:knn_vector type|built for ANN search)|Engine \[\w+\] does not support filters/;

const NOT_NESTED = /\[nested\] nested object under path \[messages\] is not of nested type/;

export interface Answered {
  readonly hits: readonly RawHit[];
  /** Missing where the search did not ask for it. */
  readonly total?: Total;
  readonly aggregations?: object;
}

/** Resolves with the answer to each search, in order. Rejects with a `JobError`, or `MessagesNotSearchable`. */
export async function multiAnswers(
  client: OpenSearchClient,
  index: string,
  searches: readonly object[],
): Promise<readonly Answered[]> {
  const responses = await responsesTo(client, index, searches);
  return responses.map((response) => {
    if (reasonsOf(response).some((reason) => NOT_NESTED.test(reason))) throw new MessagesNotSearchable();
    const { hits, aggregations } = response;
    if (hits === undefined) throw searchError(index, { status: response.status, body: response });
    return { ...hits, ...(aggregations === undefined ? {} : { aggregations }) };
  });
}

/** The same with the hits alone. */
export async function multiSearch(
  client: OpenSearchClient,
  index: string,
  searches: readonly object[],
): Promise<readonly (readonly RawHit[])[]> {
  return (await multiAnswers(client, index, searches)).map(({ hits }) => hits);
}

/** The same for a search that the answer can do without: undefined where it fails. */
export async function maySearch(
  client: OpenSearchClient,
  index: string,
  searches: readonly object[],
): Promise<readonly (readonly RawHit[] | undefined)[]> {
  return (await responsesTo(client, index, searches)).map(({ hits }) => hits?.hits);
}

async function responsesTo(
  client: OpenSearchClient,
  index: string,
  searches: readonly object[],
): Promise<readonly SearchAnswer[]> {
  const lines = searches.flatMap((search) => ["{}", JSON.stringify(search)]);
  const path = `/${index}/_msearch`;
  const lineBytes = Buffer.from(`${lines.join("\n")}\n`);
  const answer = await ask(client, index, { method: "POST", path, lines: lineBytes });
  if (answer.status !== 200) throw searchError(index, answer);
  return (answer.body as { readonly responses: readonly SearchAnswer[] }).responses;
}

/** An alias may fail in some of its indexes only. */
function reasonsOf(response: SearchAnswer): readonly string[] {
  const cause = errorCause(response);
  const causes = [
    cause,
    ...(cause.root_cause ?? []),
    ...(response._shards?.failures ?? []).map(({ reason }) => reason),
  ];
  return causes.map((each) => each?.reason ?? "");
}

function searchError(index: string, answer: OpenSearchAnswer): JobError {
  const cause = errorCause(answer.body);
  const { type = "no type", reason = "" } = cause.root_cause?.[0] ?? cause;
  switch (answer.status) {
    case 404:
      return new JobError(
        "INDEX_MISFIT",
        `There is no index "${index}" yet: run the job first, or name another index.`,
      );
    case 401:
    case 403:
      return denied(index, answer);
    case 400:
      return refusedSearch(index, type, reason);
    default:
      return new JobError(
        "SERVICE_UNREACHABLE",
        `OpenSearch could not search index "${index}" (status ${answer.status}, ${type}): try again.`,
      );
  }
}

/** A refusal stays one, however often the search is tried. A reason that is not known may hold the question's words. */
function refusedSearch(index: string, type: string, reason: string): JobError {
  if (WRONG_SIZE.test(reason)) {
    return new JobError(
      "VECTOR_SIZE",
      `The question's vector does not have the size of those in index "${index}": use the embedding model that the index was filled with.`,
    );
  }
  const noVectors = NO_VECTOR_SEARCH.exec(reason)?.[0];
  if (noVectors !== undefined) return new JobError("INDEX_MISFIT", noVectorSearch(index, noVectors));
  return new JobError(
    "INDEX_MISFIT",
    `OpenSearch refuses this search of index "${index}" (status 400, ${type}): let the job create the index, or name another.`,
  );
}
