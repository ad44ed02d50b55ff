import { readFileSync } from "node:fs";
import { JobError } from "../errors";

const FLAG = "--redact-key-wrapped";
/** KMS decrypts a key only for the purpose that it was wrapped for, and a role's right names that purpose too. */
export const KEY_PURPOSE = "beam-chat-sessions-redaction";
/** Ciphertexts of KMS are longer than that by their own head. */
const MIN_BYTES = 64;
/** Its base64 then fits into a runtime property of the managed service, which has 2,048 characters. */
const MAX_BYTES = 1_536;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The wrapped key in base64, as KMS gave it: the text itself, or that of a file. Throws `JobError` BAD_OPTION with one
 * sentence that quotes neither.
 */
export function wrappedKey(given: string): string {
  const text = (isWrapped(given) ? given : textOf(given)).replaceAll(/\s/g, "");
  if (isWrapped(text)) return text;
  throw new JobError(
    "BAD_OPTION",
    `${FLAG} must be what KMS has encrypted, in base64, or a file with it: wrap the key as docs/privacy.md says.`,
  );
}

function isWrapped(text: string): boolean {
  const bytes = Buffer.from(text, "base64").length;
  return BASE64.test(text) && bytes >= MIN_BYTES && bytes <= MAX_BYTES;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const what = code === "ENOENT" ? "there is no such file, and it is no base64" : `it cannot be read (${code})`;
    throw new JobError("BAD_OPTION", `${FLAG}: ${what}; wrap the key as docs/privacy.md says.`, { cause });
  }
}

/** The region of `arn:aws:kms:<region>:<account>:key/<id>`. */
export function regionOfKey(keyArn: string): string {
  return keyArn.split(":")[3] ?? "";
}
