/** Environment variable that passes a rule's `AuthorText` to the suite's workers. */
export const AUTHOR_TEXT = "CONFORMANCE_AUTHOR_TEXT";
