import { readFileSync } from "node:fs";
import { JobError } from "../errors";

/** The use of a wrapped key: KMS decrypts it only for the purpose that it was wrapped for, which a right names too. */
export interface KeyUse {
  /** In the encryption context, under the name "purpose". */
  readonly purpose: string;
  readonly wrappedFlag: string;
  readonly kmsKeyFlag: string;
  /** The page that says how to wrap it. */
  readonly docs: string;
}

export const PSEUDONYMS: KeyUse = {
  purpose: "beam-chat-sessions-redaction",
  wrappedFlag: "--redact-key-wrapped",
  kmsKeyFlag: "--redact-kms-key",
  docs: "docs/privacy.md",
};
export const WEBHOOK: KeyUse = {
  purpose: "beam-chat-sessions-webhook",
  wrappedFlag: "--alert-webhook-key-wrapped",
  kmsKeyFlag: "--alert-webhook-kms-key",
  docs: "docs/alerts.md",
};

/** Ciphertexts of KMS are longer than that by their own head. */
const MIN_BYTES = 64;
/** Its base64 then fits into a runtime property of the managed service, which has 2,048 characters. */
const MAX_BYTES = 1_536;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The wrapped key in base64, as KMS gave it: the text itself, or that of a file. Throws `JobError` BAD_OPTION with one
 * sentence that quotes neither.
 */
export function wrappedKey(given: string, use: KeyUse): string {
  const text = (isWrapped(given) ? given : textOf(given, use)).replaceAll(/\s/g, "");
  if (isWrapped(text)) return text;
  throw new JobError(
    "BAD_OPTION",
    `${use.wrappedFlag} must be what KMS has encrypted, in base64, or a file with it: wrap the key as ${use.docs} says.`,
  );
}

function isWrapped(text: string): boolean {
  const bytes = Buffer.from(text, "base64").length;
  return BASE64.test(text) && bytes >= MIN_BYTES && bytes <= MAX_BYTES;
}

function textOf(path: string, { wrappedFlag, docs }: KeyUse): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const what = code === "ENOENT" ? "there is no such file, and it is no base64" : `it cannot be read (${code})`;
    throw new JobError("BAD_OPTION", `${wrappedFlag}: ${what}; wrap the key as ${docs} says.`, { cause });
  }
}

/** The region of `arn:aws:kms:<region>:<account>:key/<id>`. */
export function regionOfKey(keyArn: string): string {
  return keyArn.split(":")[3] ?? "";
}
