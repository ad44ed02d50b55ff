/** Options whose value is a JSON file or, as a deployment gives it, the JSON itself. */
import { readGivenFile, sourceOf } from "../chat/given-file";

interface GivenJson {
  readonly text: string;
  /** The option as an error names it, with the file where there is one. */
  readonly source: string;
}

/** A path never begins with a brace here. Throws `JobError` BAD_OPTION; `advice` says which file to give. */
export function readGivenJson(flag: string, given: string, advice: string): GivenJson {
  if (given.startsWith("{")) return { text: given, source: flag };
  const file = { file: given, flag, advice };
  return { text: readGivenFile(file), source: sourceOf(file) };
}
