/** The taxonomy that an option names. */
import { readFileSync } from "node:fs";
import { JobError } from "../chat/errors";
import { parseTaxonomy } from "../chat/steps/parse-taxonomy";
import { BUILT_IN_TAXONOMY, type Taxonomy } from "../chat/steps/taxonomy";

const FLAG = "--taxonomy";

/** The built-in one for undefined. Throws `JobError` BAD_OPTION with one sentence. */
export function taxonomyOf(given: string | undefined): Taxonomy {
  return given === undefined ? BUILT_IN_TAXONOMY : parseTaxonomy(textOf(given), sourceOf(given));
}

/** The file's content in as few characters as can be, for a job that has no such file. Throws as `taxonomyOf` does. */
export function taxonomyJson(given: string): string {
  return JSON.stringify(taxonomyOf(given));
}

/** A path never begins with a brace here: then it is the text itself, as a deployment gives it. */
function isText(given: string): boolean {
  return given.startsWith("{");
}

function sourceOf(given: string): string {
  return isText(given) ? FLAG : `${FLAG} ${given}`;
}

function textOf(given: string): string {
  if (isText(given)) return given;
  try {
    return readFileSync(given, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const what = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new JobError(
      "BAD_OPTION",
      `${sourceOf(given)}: ${what}; give a JSON file of labels, such as docs/examples/retail.json.`,
      { cause },
    );
  }
}
