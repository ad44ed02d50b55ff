/** The comparison of a question with sessions: by words, vectors, or both. */
export const SEARCH_MODES = ["hybrid", "semantic", "keyword"] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];
