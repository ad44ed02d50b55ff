import { JobError } from "../../../chat/errors";
import type { SessionDocument } from "../../../chat/steps/documents/document";
import { type Asked, askedOf } from "../queries/question-words";
import type { OpenSearchClient } from "../requests/client";
import { type MatchedMessage, matchedMessages, type Piece, piecesOf, type RawMessage } from "./excerpt";
import type { SearchFilters } from "../queries/filters";
import { fuse } from "./fuse";
import { maySearch, MessagesNotSearchable, multiSearch, type RawHit } from "./multi-search";
import {
  closeSearch,
  keywordSearch,
  nearnessSearch,
  newestSearch,
  orderedSearch,
  reorderedSearch,
  sampleSearch,
  type Scope,
  semanticSearch,
  shownSearch,
  type Sort,
  termName,
} from "../queries/query";
import type { SearchMode } from "../queries/search-mode";
import { isWeak, unusualNearness } from "./weakness";

export interface SearchQuestion extends SearchFilters {
  /** Words between quotation marks must follow one another. All sessions where it is empty, the newest first. */
  readonly text: string;
  readonly mode: SearchMode;
  /** At least 1; with `offset` at most 200 in a hybrid search, else 10,000. */
  readonly limit: number;
  /** Number of the best hits to skip: pages of the same question fit together. Default 0. */
  readonly offset?: number;
  /** Default "relevance". Other orders are those of the sessions that a search finds at all. */
  readonly sort?: Sort;
  /** True to get the whole text of matching messages beside their excerpts. */
  readonly withContent?: boolean;
}

export interface SearchHit {
  readonly id: string;
  /** Comparable within one answer only. */
  readonly score: number;
  /** True when it has few of the question's words, and its vector is no nearer than those of unrelated sessions. */
  readonly weak: boolean;
  readonly document: Omit<SessionDocument, "embedding" | "messages" | "positions">;
  /** The summary with words of the question marked. */
  readonly summary: readonly Piece[];
  /** Up to three messages that have words of the question, in order; none where the index does not keep messages. */
  readonly messages: readonly MatchedMessage[];
}

export interface Found {
  readonly hits: readonly SearchHit[];
  /**
   * False when the index, or one behind an alias, is of an older version that keeps messages but cannot search them.
   */
  readonly inMessages: boolean;
}

export interface Ranked {
  readonly id: string;
  readonly score: number;
}

/** Finds the question's vector, with the model that made those of the index. */
export type Embed = (text: string) => Promise<readonly number[]>;

/** Sessions of a search by meaning whose ranks are compared, and whose labels are counted. */
export const FUSED_DEPTH = 200;
/**
 * Sessions of each of a hybrid search's rankings. It is the same for every page, because the fused order depends on it
 * and pages of one question must fit together. Reading 200 ids of each took as long as finding them, in an index of
 * 200,000 sessions.
 */
const RANKING_DEPTH = 100;
/**
 * Weights of a hybrid search's lists: most words together, any words, vectors. A session with any word of a
 * question is often about something else, so it is a hint and no more; one that says it in the same words comes before
 * what is merely near. Judged by `npm run bench -- relevance`.
 */
const HYBRID_WEIGHTS = [1, 0.3, 1];
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
  embed: Embed,
): Promise<Found> {
  const offset = question.offset ?? 0;
  const end = offset + question.limit;
  const deepest = depthOf(question);
  if (end > deepest) {
    throw new JobError("BAD_OPTION", `A ${question.mode} search finds the best ${deepest} sessions, not more.`);
  }
  const search = new Search(client, index, question, await vectorOf(question, embed));
  const { value: hits, inMessages } = await withMessages((has) => search.hits(offset, end, has));
  return { hits, inMessages };
}

/** The vector that a question is compared by; undefined where words or filters alone count. */
export async function vectorOf({ text, mode }: SearchQuestion, embed: Embed): Promise<readonly number[] | undefined> {
  return mode === "keyword" || isBlank(text) ? undefined : embed(text);
}

/** True for a question that asks for all sessions. */
export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** How many sessions a question finds at most. */
function depthOf({ text, mode, sort = "relevance" }: SearchQuestion): number {
  if (mode === "keyword" || isBlank(text)) return MAX_DEPTH;
  return mode === "hybrid" || sort !== "relevance" ? FUSED_DEPTH : MAX_DEPTH;
}

/** Searches in messages too, or without them where an index of an older version cannot. */
export async function withMessages<T>(
  search: (inMessages: boolean) => Promise<T>,
): Promise<{ readonly value: T; readonly inMessages: boolean }> {
  try {
    return { value: await search(true), inMessages: true };
  } catch (error) {
    if (!(error instanceof MessagesNotSearchable)) throw error;
    return { value: await search(false), inMessages: false };
  }
}

/** Returns how many sessions each ranking of a search by meaning has at most. */
export function rankingDepth(mode: SearchMode): number {
  return mode === "hybrid" ? RANKING_DEPTH : FUSED_DEPTH;
}

/** The rankings of which a search by meaning makes one; at most `depth` sessions each. */
export function rankings(
  { mode }: SearchQuestion,
  asked: Asked,
  scope: Scope,
  vector: readonly number[] | undefined,
  depth: number,
): readonly object[] {
  const byMeaning = vector === undefined ? [] : [semanticSearch(vector, scope, depth, asked)];
  if (mode === "keyword") return [keywordSearch(asked, scope, depth)];
  if (mode === "semantic") return byMeaning;
  // The commonest words cost a third of a ranking's time, and add nothing to its two neighbours.
  return [closeSearch(asked, scope, depth), keywordSearch(asked, scope, depth, asked.telling), ...byMeaning];
}

/** The best `FUSED_DEPTH` of a hybrid search's rankings, best first. */
export function fused(lists: readonly (readonly RawHit[])[]): readonly Ranked[] {
  const rankings = lists.map((items, number) => ({ items, weight: HYBRID_WEIGHTS[number] ?? 1 }));
  const all = fuse(rankings, ({ _id }) => _id).map(({ item, score }) => ({ id: item._id, score }));
  return all.slice(0, FUSED_DEPTH);
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
      multiSearch(this.client, this.index, [shownSearch(ids, this.asked, scope, this.question.withContent === true)]),
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
    const { asked, vector, question } = this;
    const { mode, sort = "relevance" } = question;
    const order = sort === "relevance" ? "newest" : sort;
    const blank = isBlank(question.text);
    if (blank || (mode === "keyword" && sort !== "relevance")) {
      return this.search([orderedSearch(blank ? undefined : asked, scope, order, end)]);
    }
    const depth = mode === "hybrid" || sort !== "relevance" ? rankingDepth(mode) : end;
    const found = await this.search(rankings(question, asked, scope, vector, depth));
    if (sort === "relevance" || found.length === 0) return found;
    const scores = new Map(found.map(({ id, score }) => [id, score]));
    const ordered = await this.search([reorderedSearch([...scores.keys()], sort)]);
    return ordered.map(({ id }) => ({ id, score: scores.get(id) ?? 0 }));
  }

  private async search(searches: readonly object[]): Promise<readonly Ranked[]> {
    const lists = await multiSearch(this.client, this.index, searches);
    const [only = []] = lists;
    if (lists.length === 1) return only.map(({ _id: id, _score }) => ({ id, score: _score ?? 0 }));
    return fused(lists);
  }

  /** How near the shown documents are to the question's vector, and what is unusual; undefined without a vector. */
  private async nearness(ids: readonly string[]) {
    if (this.vector === undefined) return undefined;
    const searches = [nearnessSearch(this.vector, ids), sampleSearch(this.vector, SAMPLE_SIZE)];
    const [own = [], sample = []] = await maySearch(this.client, this.index, searches);
    const scores = new Map(own.map(({ _id, _score }) => [_id, _score]));
    const unusual = unusualNearness(sample.map(({ _score }) => _score ?? 0));
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
      weak: !isBlank(this.question.text) && phrases.length === 0 && isWeak({ ...byWords, vector }),
      document: hit._source,
      summary: piecesOf(hit.highlight?.summary?.[0] ?? hit._source.summary),
      messages: matchedMessages(hit.inner_hits?.messages?.hits.hits ?? []),
    };
  }
}
