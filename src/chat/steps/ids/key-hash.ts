import { uuidOf } from "./uuid-of";

/**
 * Stands for a session key or a user id where the text itself must not be, and is the `_id` of the key's ledger, so
 * whoever has it can ask what was erased. Without a secret, so that every worker and command makes the same; whoever
 * has a list of all ids can try them.
 */
export function keyHash(key: string): string {
  return uuidOf("ledger", key);
}
