/** The variable that tells the suite's workers what a rule wants of authors' text. */
export const AUTHOR_TEXT = "CONFORMANCE_AUTHOR_TEXT";
