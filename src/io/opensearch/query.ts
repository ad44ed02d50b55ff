/**
 * Search requests. Pure. A user's text only ever becomes the value of a `match` or `term` query, never query syntax, so
 * it cannot ask for anything else than it says.
 */
export interface SearchFilters {
  readonly userId?: string;
  /** Sessions that ended at this time or later. */
  readonly fromMs?: number;
  /** Sessions that began before this time. */
  readonly toMs?: number;
  readonly intent?: string;
}

/** The fields of a hit: everything but the bulky ones. */
const HIT_SOURCE = { excludes: ["embedding", "messages", "positions"] } as const;

/**
 * Each character may become two words and each word a clause in three fields; OpenSearch takes 1,024 clauses by
 * default. Vectors serve longer questions.
 */
const MAX_KEYWORD_CHARACTERS = 160;

const KEYWORD_FIELDS = ["summary^2", "topics.text", "intent.text"] as const;

/** The first `size` sessions whose summary, topics or intent share words with the question. */
export function keywordSearch(question: string, filters: SearchFilters, size: number): object {
  const query = [...question.toWellFormed()].slice(0, MAX_KEYWORD_CHARACTERS).join("");
  return {
    size,
    _source: HIT_SOURCE,
    track_total_hits: false,
    sort: TIES_BY_TIME,
    query: { bool: { must: [{ multi_match: { query, fields: KEYWORD_FIELDS } }], filter: filterClauses(filters) } },
  };
}

/**
 * The `size` sessions whose vectors are nearest; filtered while searching, so that a narrow filter still fills them.
 */
export function semanticSearch(vector: readonly number[], filters: SearchFilters, size: number): object {
  const clauses = filterClauses(filters);
  const filter = clauses.length === 0 ? {} : { filter: { bool: { filter: clauses } } };
  return {
    size,
    _source: HIT_SOURCE,
    track_total_hits: false,
    sort: TIES_BY_TIME,
    query: { knn: { embedding: { vector, k: size, ...filter } } },
  };
}

/** The `size` sessions that were indexed last. */
export function newestSearch(size: number): object {
  return { size, _source: HIT_SOURCE, track_total_hits: false, sort: [{ indexedAt: "desc" }, { start: "asc" }] };
}

/** Orders equal scores the same way in every answer, or pages would repeat and skip. */
const TIES_BY_TIME = [{ _score: "desc" }, { start: "desc" }, { userId: "asc" }, { part: "asc" }] as const;

function filterClauses({ userId, fromMs, toMs, intent }: SearchFilters): object[] {
  return [
    ...(userId === undefined ? [] : [{ term: { userId: { value: userId.toWellFormed() } } }]),
    ...(intent === undefined ? [] : [{ term: { intent: { value: intent.toWellFormed() } } }]),
    ...(fromMs === undefined ? [] : [{ range: { end: { gte: new Date(fromMs).toISOString() } } }]),
    ...(toMs === undefined ? [] : [{ range: { start: { lt: new Date(toMs).toISOString() } } }]),
  ];
}
