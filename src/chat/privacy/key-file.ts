import { JobError } from "../errors";
import { readGivenBytes, sourceOf } from "../given-file";
import { Pseudonyms } from "./pseudonyms";
import type { KeyFile } from "./settings";

const FLAG = "--redact-key-file";
/** A shorter key could be tried out. */
const MIN_BYTES = 32;
const LINE_BREAKS: readonly number[] = [0x0a, 0x0d];
const MAKE_ONE = "make one with: openssl rand -base64 32";
/** A worker may be on another host than the command that was given the file. */
const ADVICE = "give a key that openssl rand -base64 32 has made, the same file on every host of the job";

/** Describes the key that stands in the file. Throws `JobError` BAD_OPTION with one sentence. */
export function keyFileOf(path: string): KeyFile {
  return { path, check: read(path).check };
}

/** Reads the key of this host. Throws `JobError` BAD_OPTION for one that is not the key of the others. */
export function pseudonymsOf({ path, check }: KeyFile): Pseudonyms {
  const pseudonyms = read(path);
  if (pseudonyms.check === check) return pseudonyms;
  throw new JobError(
    "BAD_OPTION",
    `${FLAG} ${path} is another key on this host than where the job was started: put the same file on all of them.`,
  );
}

function read(path: string): Pseudonyms {
  const given = { file: path, flag: FLAG, advice: ADVICE };
  return new Pseudonyms(pseudonymKey(readGivenBytes(given), sourceOf(given)));
}

/** The key in what a file, or its wrapping, holds. Throws `JobError` BAD_OPTION for one that is too short. */
export function pseudonymKey(content: Uint8Array, named: string): Buffer {
  let end = content.length;
  // An editor, or a shell, ends a file with a line break on one host and not on another; random bytes may end like one.
  while (end > MIN_BYTES && LINE_BREAKS.includes(content[end - 1]!)) end--;
  if (end >= MIN_BYTES) return Buffer.from(content.subarray(0, end));
  throw new JobError("BAD_OPTION", `${named} holds ${content.length} bytes, less than ${MIN_BYTES}; ${MAKE_ONE}.`);
}
