/** What of a question is compared with what of a session: words, vectors, or both. */
export const SEARCH_MODES = ["hybrid", "semantic", "keyword"] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];
