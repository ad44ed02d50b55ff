import { readFileSync } from "node:fs";
import { JobError } from "./errors";

/**
 * Reads a file that an option names. `named` is the option with its value, `advice` says which file to give. Throws
 * `JobError` BAD_OPTION with one sentence.
 */
export function readGivenFile(file: string, named: string, advice: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const what = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new JobError("BAD_OPTION", `${named}: ${what}; ${advice}.`, { cause });
  }
}
