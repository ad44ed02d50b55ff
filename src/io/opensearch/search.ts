import { JobError } from "../../chat/errors";
import type { SessionDocument } from "../../chat/steps/document";
import { type Asked, askedOf } from "./asked";
import type { OpenSearchClient } from "./client";
import { type MatchedMessage, matchedMessages, type RawMessage } from "./excerpt";
import { fuse } from "./fuse";
import { maySearch, MessagesNotSearchable, multiSearch, type RawHit } from "./multi-search";
import {
  closeSearch,
  keywordSearch,
  nearnessSearch,
  newestSearch,
  sampleSearch,
  type Scope,
  type SearchFilters,
  semanticSearch,
  shownSearch,
  termName,
} from "./query";
import type { SearchMode } from "./search-mode";
import { isWeak, unusualNearness } from "./weakness";

export interface SearchQuestion extends SearchFilters {
  /** Words between quotation marks must follow one another. */
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
  /** True when it has few of the question's words, and its vector is no nearer than those of unrelated sessions. */
  readonly weak: boolean;
  readonly document: Omit<SessionDocument, "embedding" | "messages" | "positions">;
  /** Up to three messages that have words of the question, in order; none where the index does not keep messages. */
  readonly messages: readonly MatchedMessage[];
}

export interface Found {
  readonly hits: readonly SearchHit[];
  /** False when the index, or one behind an alias, is of an older version that keeps messages but cannot search them. */
  readonly inMessages: boolean;
}

interface Ranked {
  readonly id: string;
  readonly score: number;
}

/** The same for every page, because the fused order depends on it and pages of one question must fit together. */
const FUSED_DEPTH = 200;
/** OpenSearch's `index.max_result_window`. */
const MAX_DEPTH = 10_000;
/** Documents of each shard by which it is judged what nearness is usual. */
const SAMPLE_SIZE = 50;

/**
 * Finds the sessions that answer a question best. `embed` gives the question's vector, with the model that made those
 * of the index; it is not called for keyword searches. Rejects with a `JobError`.
 */
export async function searchSessions(
  client: OpenSearchClient,
  index: string,
  question: SearchQuestion,
  embed: (text: string) => Promise<readonly number[]>,
): Promise<Found> {
  const offset = question.offset ?? 0;
  const end = offset + question.limit;
  const deepest = question.mode === "hybrid" ? FUSED_DEPTH : MAX_DEPTH;
  if (end > deepest) {
    throw new JobError("BAD_OPTION", `A ${question.mode} search finds the best ${deepest} sessions, not more.`);
  }
  const vector = question.mode === "keyword" ? undefined : await embed(question.text);
  const search = new Search(client, index, question, vector);
  const hits = (inMessages: boolean): Promise<readonly SearchHit[]> => search.hits(offset, end, inMessages);
  try {
    return { hits: await hits(true), inMessages: true };
  } catch (error) {
    if (!(error instanceof MessagesNotSearchable)) throw error;
    return { hits: await hits(false), inMessages: false };
  }
}

/** The sessions that were indexed last. Rejects with a `JobError`. */
export async function newestDocuments(
  client: OpenSearchClient,
  index: string,
  limit: number,
): Promise<readonly SearchHit["document"][]> {
  const [hits = []] = await multiSearch(client, index, [newestSearch(limit)]);
  return hits.map(({ _source }) => _source as SearchHit["document"]);
}

/** One question: ranks sessions by their ids alone, then looks closer at those that are shown. */
class Search {
  private readonly asked: Asked;

  constructor(
    private readonly client: OpenSearchClient,
    private readonly index: string,
    private readonly question: SearchQuestion,
    private readonly vector: readonly number[] | undefined,
  ) {
    this.asked = askedOf(question.text);
  }

  async hits(offset: number, end: number, inMessages: boolean): Promise<readonly SearchHit[]> {
    const scope = { ...this.question, inMessages };
    const shown = (await this.ranked(scope, end)).slice(offset, end);
    if (shown.length === 0) return [];
    const ids = shown.map(({ id }) => id);
    const [[found = []], nearness] = await Promise.all([
      multiSearch(this.client, this.index, [shownSearch(ids, this.asked, scope)]),
      this.nearness(ids),
    ]);
    const byId = new Map(found.map((hit) => [hit._id, hit as RawHit<SearchHit["document"], RawMessage>]));
    return shown.flatMap(({ id, score }) => {
      const hit = byId.get(id);
      // One that was amended meanwhile may be gone.
      return hit === undefined ? [] : [this.hitOf(hit, score, nearness?.(id))];
    });
  }

  private async ranked(scope: Scope, end: number): Promise<readonly Ranked[]> {
    const { asked, vector } = this;
    const { mode } = this.question;
    const depth = mode === "hybrid" ? FUSED_DEPTH : end;
    const lists = await multiSearch(this.client, this.index, [
      ...(mode === "hybrid" ? [closeSearch(asked, scope, depth)] : []),
      ...(mode === "semantic" ? [] : [keywordSearch(asked, scope, depth)]),
      ...(vector === undefined ? [] : [semanticSearch(vector, scope, depth, asked)]),
    ]);
    const [only = []] = lists;
    if (lists.length === 1) return only.map(({ _id: id, _score: score }) => ({ id, score }));
    return fuse(lists, ({ _id }) => _id).map(({ item, score }) => ({ id: item._id, score }));
  }

  /** How near the shown documents are to the question's vector, and what is unusual; undefined without a vector. */
  private async nearness(ids: readonly string[]) {
    if (this.vector === undefined) return undefined;
    const searches = [nearnessSearch(this.vector, ids), sampleSearch(this.vector, SAMPLE_SIZE)];
    const [own = [], sample = []] = await maySearch(this.client, this.index, searches);
    const scores = new Map(own.map(({ _id, _score }) => [_id, _score]));
    const unusual = unusualNearness(sample.map(({ _score }) => _score));
    return (id: string) => {
      const nearness = scores.get(id);
      return { nearness: nearness ?? 0, unusual: nearness === undefined ? undefined : unusual };
    };
  }

  private hitOf(
    hit: RawHit<SearchHit["document"], RawMessage>,
    score: number,
    vector: { readonly nearness: number; readonly unusual: number | undefined } | undefined,
  ): SearchHit {
    const { terms, phrases } = this.asked;
    const names = new Set(hit.matched_queries);
    const found = terms.filter((_, number) => names.has(termName(number))).length;
    const byWords = this.question.mode === "semantic" ? {} : { terms: { found, asked: terms.length } };
    return {
      id: hit._id,
      score,
      weak: phrases.length === 0 && isWeak({ ...byWords, vector }),
      document: hit._source,
      messages: matchedMessages(hit.inner_hits?.messages?.hits.hits ?? []),
    };
  }
}
