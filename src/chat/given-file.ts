import { readFileSync } from "node:fs";
import { JobError } from "./errors";

/** A file that an option names. */
export interface GivenFile {
  readonly file: string;
  /** The option. */
  readonly flag: string;
  /** Says which file to give. */
  readonly advice: string;
}

/** The option with its value, as errors name it. */
export function sourceOf({ flag, file }: Pick<GivenFile, "flag" | "file">): string {
  return `${flag} ${file}`;
}

/** Reads the file as text. Throws `JobError` BAD_OPTION with one sentence. */
export function readGivenFile(given: GivenFile): string {
  return readGivenBytes(given).toString("utf8");
}

/** Does the same with the file's bytes. */
export function readGivenBytes(given: GivenFile): Buffer {
  try {
    return readFileSync(given.file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const what = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new JobError("BAD_OPTION", `${sourceOf(given)}: ${what}; ${given.advice}.`, { cause });
  }
}
