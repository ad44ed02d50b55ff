/** The taxonomy that an option names. */
import { parseTaxonomy } from "../chat/steps/summaries/parse-taxonomy";
import { BUILT_IN_TAXONOMY, type Taxonomy } from "../chat/steps/summaries/taxonomy";
import { readGivenJson } from "./given-json";

const ADVICE = "give a JSON file of labels, such as docs/examples/retail.json";

/** The built-in one for undefined. Throws `JobError` BAD_OPTION with one sentence. */
export function taxonomyOf(given: string | undefined): Taxonomy {
  if (given === undefined) return BUILT_IN_TAXONOMY;
  const { text, source } = readGivenJson("--taxonomy", given, ADVICE);
  return parseTaxonomy(text, source);
}

/** The file's content in as few characters as can be, for a job that has no such file. Throws as `taxonomyOf` does. */
export function taxonomyJson(given: string): string {
  return JSON.stringify(taxonomyOf(given));
}
