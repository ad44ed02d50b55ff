import { hash } from "node:crypto";

/** Changes every hash, so that letters and alerts of before are not found any more. */
const VERSION = "1";
/** 132 bits in base64url: no two keys meet by chance. */
const LENGTH = 22;

/**
 * Stands for a session key or a user id where the text itself must not be: 22 characters of base64url. Without a
 * secret, so that every worker and command makes the same; whoever has a list of all ids can try them.
 */
export function keyHash(key: string): string {
  return hash("sha256", JSON.stringify(["key", VERSION, key.toWellFormed()]), "base64url").slice(0, LENGTH);
}
