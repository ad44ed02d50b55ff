import type { KeyObject } from "node:crypto";
import { JobError } from "../errors";
import { readGivenFile } from "../given-file";
import { privateKeyOf, publicKeyOf, SealError } from "./seal";

const PUBLIC_FLAG = "--letter-key";
const PRIVATE_FLAG = "--letter-private-key";
const MAKE_ONE =
  "openssl genpkey -algorithm x25519 -out private.pem && openssl pkey -in private.pem -pubout -out public.pem makes a pair";

/**
 * The public key in PEM: the text itself, as a deployment gives it, or that of a file. Throws `JobError` BAD_OPTION.
 */
export function publicLetterKey(given: string): string {
  const isText = given.includes("-----BEGIN");
  const pem = isText ? given : readGivenFile({ file: given, flag: PUBLIC_FLAG, advice: MAKE_ONE });
  check(isText ? PUBLIC_FLAG : `${PUBLIC_FLAG} ${given}`, () => publicKeyOf(pem));
  return pem;
}

/** Reads the private key. Throws `JobError` BAD_OPTION with one sentence. */
export function privateLetterKey(path: string): KeyObject {
  return check(`${PRIVATE_FLAG} ${path}`, () =>
    privateKeyOf(readGivenFile({ file: path, flag: PRIVATE_FLAG, advice: MAKE_ONE })),
  );
}

function check(named: string, key: () => KeyObject): KeyObject {
  try {
    return key();
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new JobError("BAD_OPTION", `${named} ${error.message}; ${MAKE_ONE}.`);
  }
}
