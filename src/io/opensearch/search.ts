import { JobError } from "../../chat/errors";
import type { SessionDocument } from "../../chat/steps/document";
import { ask, denied } from "./ask";
import type { OpenSearchAnswer, OpenSearchClient } from "./client";
import { fuse } from "./fuse";
import { keywordSearch, newestSearch, type SearchFilters, semanticSearch } from "./query";
import { errorCause } from "./retry";
import type { SearchMode } from "./search-mode";
import { noVectorSearch } from "./target";

export interface SearchQuestion extends SearchFilters {
  readonly text: string;
  readonly mode: SearchMode;
  /** At least 1; with `offset` at most 200 in a hybrid search, else 10,000. */
  readonly limit: number;
  /** Number of the best hits to skip: pages of the same question fit together. Default 0. */
  readonly offset?: number;
}

export interface SearchHit {
  readonly id: string;
  /** Comparable within one answer only. */
  readonly score: number;
  readonly document: Omit<SessionDocument, "embedding" | "messages" | "positions">;
}

interface RawHit {
  readonly _id: string;
  readonly _score: number;
  readonly _source: SearchHit["document"];
}

/** The k-NN plugin's sentence, by its beginning: a reason may go on with the question's words. */
const WRONG_SIZE = /^(?:failed to create query: )?Query vector has invalid dimension: \d+\./;

/** The plugin's sentences about an index without `index.knn`, and about an engine without filters. */
const NO_VECTOR_SEARCH =
  /Field '\w+' is not (?:knn_vector type|built for ANN search)|Engine \[\w+\] does not support filters/;

/** The same for every page, because the fused order depends on it and pages of one question must fit together. */
const FUSED_DEPTH = 200;
/** OpenSearch's `index.max_result_window`. */
const MAX_DEPTH = 10_000;

/**
 * Finds the sessions that answer a question best. `embed` gives the question's vector, with the model that made those
 * of the index; it is not called for keyword searches. Rejects with a `JobError`.
 */
export async function searchSessions(
  client: OpenSearchClient,
  index: string,
  question: SearchQuestion,
  embed: (text: string) => Promise<readonly number[]>,
): Promise<readonly SearchHit[]> {
  const offset = question.offset ?? 0;
  const end = offset + question.limit;
  const hybrid = question.mode === "hybrid";
  const deepest = hybrid ? FUSED_DEPTH : MAX_DEPTH;
  if (end > deepest) {
    throw new JobError("BAD_OPTION", `A ${question.mode} search finds the best ${deepest} sessions, not more.`);
  }
  const depth = hybrid ? FUSED_DEPTH : end;
  const searches: object[] = [];
  if (question.mode !== "semantic") searches.push(keywordSearch(question.text, question, depth));
  if (question.mode !== "keyword") searches.push(semanticSearch(await embed(question.text), question, depth));
  const lists = await multiSearch(client, index, searches);
  const [only = []] = lists;
  const ranked =
    lists.length === 1 ? only.map((item) => ({ item, score: item._score })) : fuse(lists, (hit) => hit._id);
  return ranked.slice(offset, end).map(({ item, score }) => ({ id: item._id, score, document: item._source }));
}

/** The sessions that were indexed last. Rejects with a `JobError`. */
export async function newestDocuments(
  client: OpenSearchClient,
  index: string,
  limit: number,
): Promise<readonly SearchHit["document"][]> {
  const [hits = []] = await multiSearch(client, index, [newestSearch(limit)]);
  return hits.map(({ _source }) => _source);
}

async function multiSearch(
  client: OpenSearchClient,
  index: string,
  searches: readonly object[],
): Promise<readonly (readonly RawHit[])[]> {
  const lines = searches.flatMap((search) => ["{}", JSON.stringify(search)]);
  const path = `/${index}/_msearch`;
  const lineBytes = Buffer.from(`${lines.join("\n")}\n`);
  const answer = await ask(client, index, { method: "POST", path, lines: lineBytes });
  if (answer.status !== 200) throw searchError(index, answer);
  const { responses } = answer.body as { responses: { status: number; hits?: { hits: readonly RawHit[] } }[] };
  return responses.map((response) => {
    if (response.hits === undefined) throw searchError(index, { status: response.status, body: response });
    return response.hits.hits;
  });
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
      return denied(index, answer.status);
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
