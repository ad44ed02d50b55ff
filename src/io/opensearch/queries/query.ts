/**
 * Search requests. Pure. A user's text only ever becomes the value of a `match` or `term` query, never query syntax, so
 * it cannot ask for anything else than it says.
 */
import type { Asked } from "./question-words";
import { filterClauses, type SearchFilters, termClause } from "./filters";

/** The fields of a hit: everything but the bulky ones. */
const HIT_SOURCE = { excludes: ["embedding", "messages", "positions"] } as const;

const SESSION_FIELDS = ["summary^2", "topics.text", "intent.text"] as const;
const CONTENT = "messages.content";

/** How many of a question's words must stand together to be near to it: both of two, three of four. */
const MOST = "2<75%";

/**
 * Typing errors that are forgiven: one in words of four letters and more, two from eight on, none in the first letter,
 * where they are rare and would cost most. A word stands for at most ten like it, since OpenSearch takes 1,024 clauses
 * in a search. What is like a word counts much less than the word itself, so that exact matches come first.
 */
const FORGIVING = { fuzziness: "AUTO:4,8", prefix_length: 1, max_expansions: 10, boost: 0.3 } as const;

/** Where words are sought. An index of an older version keeps messages, but cannot search them. */
export interface Scope extends SearchFilters {
  readonly inMessages: boolean;
}

/**
 * The first `size` sessions that share words with the question, in a message, the summary, topics or intent. `words`
 * are those that count; all of them by default.
 */
export function keywordSearch(asked: Asked, scope: Scope, size: number, words = asked.text): object {
  return ranking(size, wordClauses(asked, scope, words), clausesOf(scope, asked));
}

function wordClauses({ text, forgiven }: Asked, scope: Scope, words = text): readonly object[] {
  const inSession = { multi_match: { query: words, fields: SESSION_FIELDS } };
  return [inSession, ...likeInSession(forgiven), ...inMessages(scope, messageQuery(words, [text], forgiven))];
}

/** Words like these, in the summary, topics or intent. */
function likeInSession(words: readonly string[]): readonly object[] {
  return words.length === 0 ? [] : [{ multi_match: { query: words.join(" "), fields: SESSION_FIELDS, ...FORGIVING } }];
}

/** Most of the question's words in one field, or words like those that are forgiven. */
function mostLikeIn(field: string, { terms, forgiven }: Asked): readonly object[] {
  if (forgiven.length === 0) return [];
  const own = (term: string): object => ({ match: { [field]: { query: term, operator: "and" } } });
  const should = terms.flatMap((term) => (forgiven.includes(term) ? likeIn(field, [term]) : [own(term)]));
  return [{ bool: { should, minimum_should_match: MOST } }];
}

/** Words like these, in one field. */
function likeIn(field: string, words: readonly string[]): readonly object[] {
  return words.length === 0 ? [] : [{ match: { [field]: { query: words.join(" "), ...FORGIVING } } }];
}

/** The sessions of a keyword search whatever its filters: all sessions where nothing is asked. */
export function wordsQuery(asked: Asked | undefined, scope: Scope): object {
  if (asked === undefined) return { match_all: {} };
  const should = wordClauses(asked, scope);
  return { bool: { must: [{ bool: { should } }], filter: phraseClauses(scope, asked.phrases) } };
}

export const SORTS = ["relevance", "newest", "oldest", "longest"] as const;
export type Sort = (typeof SORTS)[number];

const ORDERS = {
  newest: [{ end: "desc" }],
  oldest: [{ start: "asc" }],
  longest: [{ durationMs: { order: "desc", missing: "_last" } }, { end: "desc" }],
} as const;

/**
 * The ids of at most `size` sessions that pass the filters and have words of the question, in an order of their own.
 */
export function orderedSearch(
  asked: Asked | undefined,
  scope: Scope,
  sort: Exclude<Sort, "relevance">,
  size: number,
): object {
  const query = { bool: { must: [wordsQuery(asked, scope)], filter: filterClauses(scope) } };
  return { size, _source: false, track_total_hits: false, sort: [...ORDERS[sort], ...SAME_ORDER], query };
}

/** These sessions in another order than that of the ranking which found them. */
export function reorderedSearch(ids: readonly string[], sort: Exclude<Sort, "relevance">): object {
  const query = { ids: { values: ids } };
  return { size: ids.length, _source: false, sort: [...ORDERS[sort], ...SAME_ORDER], query };
}

/** The first `size` sessions with most of the question's words together, in one message or in the summary. */
export function closeSearch(asked: Asked, scope: Scope, size: number): object {
  const most = (field: string): object => {
    const query = { query: asked.terms.join(" "), minimum_should_match: MOST };
    return { bool: { should: [{ match: { [field]: query } }, ...mostLikeIn(field, asked)] } };
  };
  return ranking(size, [most("summary"), ...inMessages(scope, most(CONTENT))], clausesOf(scope, asked));
}

function ranking(size: number, should: readonly object[], filter: readonly object[]): object {
  return {
    size,
    _source: false,
    track_total_hits: false,
    sort: TIES_BY_TIME,
    query: { bool: { must: [{ bool: { should } }], filter } },
  };
}

/**
 * The `size` sessions whose vectors are nearest; filtered while searching, so that a narrow filter still fills them.
 */
export function semanticSearch(vector: readonly number[], scope: Scope, size: number, asked?: Asked): object {
  const clauses = clausesOf(scope, asked);
  const filter = clauses.length === 0 ? {} : { filter: { bool: { filter: clauses } } };
  return {
    size,
    _source: false,
    track_total_hits: false,
    sort: TIES_BY_TIME,
    query: { knn: { embedding: { vector, k: size, ...filter } } },
  };
}

/** OpenSearch's own number of a document, unique in its shard. */
export const SEQUENCE_NUMBER = "_seq_no";

/** The same search with values of these fields, times in milliseconds, in place of ids and documents. */
export function valuesSearch(search: object, fields: readonly string[]): object {
  const formats = fields.map((field) => (field === "start" ? { field, format: "epoch_millis" } : field));
  return { ...search, stored_fields: "_none_", docvalue_fields: [SEQUENCE_NUMBER, ...formats] };
}

/** Marks around words in excerpts: characters for private use, which no text has a reason to contain. */
export const MARK = { start: "\ue000", end: "\ue001" } as const;
const SHOWN_MESSAGES = 3;
const EXCERPT_LENGTH = 160;
/** OpenSearch fails a search that would have to read more of a text than a million characters. */
const MAX_READ = 100_000;

/** Name of the clause that tells whether a document has the question's word of this number. */
export function termName(number: number): string {
  return `term ${number}`;
}

/**
 * These sessions, each with its messages that match best and with the names of the question's words that it has.
 * `withContent` asks for the whole text of these messages too.
 */
export function shownSearch(
  ids: readonly string[],
  { terms, phrases, forgiven }: Asked,
  scope: Scope,
  withContent: boolean,
): object {
  const sought = (field: string): object => {
    const inOrder = phrases.map((phrase) => phraseIn(field, phrase));
    return { bool: { should: [{ match: { [field]: terms.join(" ") } }, ...likeIn(field, forgiven), ...inOrder] } };
  };
  const highlight = {
    number_of_fragments: 1,
    fragment_size: EXCERPT_LENGTH,
    no_match_size: EXCERPT_LENGTH,
    max_analyzer_offset: MAX_READ,
    pre_tags: [MARK.start],
    post_tags: [MARK.end],
    fields: { [CONTENT]: {} },
  };
  const messages = inMessages(scope, messageQuery(terms.join(" "), phrases, forgiven), {
    inner_hits: {
      size: SHOWN_MESSAGES,
      _source: ["messages.timestamp", "messages.id", "messages.role", ...(withContent ? [CONTENT] : [])],
      highlight: { ...highlight, highlight_query: sought(CONTENT) },
    },
  });
  const named = terms.map((term, number) => {
    const inSession = { multi_match: { query: term, fields: SESSION_FIELDS, type: "phrase" } };
    const like = forgiven.includes(term) ? [term] : [];
    const inMessage = { bool: { should: [phraseIn(CONTENT, term), ...likeIn(CONTENT, like)] } };
    const should = [inSession, ...likeInSession(like), ...inMessages(scope, inMessage)];
    return { bool: { should, _name: termName(number) } };
  });
  return {
    size: ids.length,
    _source: HIT_SOURCE,
    track_total_hits: false,
    query: { bool: { filter: [{ ids: { values: ids } }], should: [...messages, ...named] } },
    highlight: { ...highlight, number_of_fragments: 0, fields: { summary: {} }, highlight_query: sought("summary") },
  };
}

/** How near these documents are to a vector: scores that compare with those of `sampleSearch`, whatever the engine. */
export function nearnessSearch(vector: readonly number[], ids: readonly string[]): object {
  return {
    size: ids.length,
    _source: false,
    track_total_hits: false,
    query: nearness(vector, { ids: { values: ids } }),
  };
}

/** The same of some documents that nobody has chosen: the first `size` of each shard. */
export function sampleSearch(vector: readonly number[], size: number): object {
  const query = nearness(vector, { exists: { field: "embedding" } });
  return { size, terminate_after: size, _source: false, track_total_hits: false, query };
}

function nearness(vector: readonly number[], query: object): object {
  const params = { field: "embedding", query_value: vector, space_type: "cosinesimil" };
  return { script_score: { query, script: { lang: "knn", source: "knn_score", params } } };
}

/** The `size` sessions that were indexed last. */
export function newestSearch(size: number): object {
  return { size, _source: HIT_SOURCE, track_total_hits: false, sort: [{ indexedAt: "desc" }, { start: "asc" }] };
}

/** Orders equal scores the same way in every answer, or pages would repeat and skip. */
const SAME_ORDER = [{ start: "desc" }, { userId: "asc" }, { part: "asc" }, { pane: "asc" }] as const;
const TIES_BY_TIME = [{ _score: "desc" }, ...SAME_ORDER] as const;

/** The words in one message: more, if they follow one another as in the question, or as between quotation marks. */
function messageQuery(text: string, phrases: readonly string[], forgiven: readonly string[]): object {
  const match = { match: { [CONTENT]: text } };
  const inOrder = phrases.map((phrase) => ({ match_phrase: { [CONTENT]: { query: phrase, boost: 2 } } }));
  return { bool: { should: [match, ...likeIn(CONTENT, forgiven), ...inOrder] } };
}

function phraseIn(field: string, query: string): object {
  return { match_phrase: { [field]: { query } } };
}

/** The best message counts; none where messages cannot be searched. */
function inMessages(scope: Scope, query: object, more: object = {}): readonly object[] {
  if (!scope.inMessages) return [];
  const ofRole = termClause("messages.role", scope.role);
  const sought = ofRole.length === 0 ? query : { bool: { must: [query], filter: ofRole } };
  return [{ nested: { path: "messages", score_mode: "max", ignore_unmapped: true, query: sought, ...more } }];
}

function clausesOf(scope: Scope, asked?: Asked): readonly object[] {
  return [...filterClauses(scope), ...phraseClauses(scope, asked?.phrases ?? [])];
}

function phraseClauses(scope: Scope, phrases: readonly string[]): readonly object[] {
  return phrases.map((phrase) => {
    const inSession = ["summary", "topics.text"].map((field) => phraseIn(field, phrase));
    return { bool: { should: [...inSession, ...inMessages(scope, phraseIn(CONTENT, phrase))] } };
  });
}
