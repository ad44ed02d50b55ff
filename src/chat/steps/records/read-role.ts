import { CUSTOMER } from "../../model";
import { asText } from "./message-id";
import { visibleText } from "../text/visible-text";

/** UTF-16 units: a role is a word or two, and stands beside each message in prompts. */
export const MAX_ROLE_LENGTH = 64;

/**
 * The role that a producer's word stands for: `roles` has ours by their words, and others stay as they are, in lower
 * case. Without a word the author is the customer. `unusable` completes "the role …".
 */
export function readRole(
  value: unknown,
  roles: Readonly<Record<string, string>> = {},
): { readonly text: string } | { readonly unusable: string } {
  if (value === undefined || value === null) return { text: CUSTOMER };
  const given = typeof value === "boolean" ? String(value) : asText(value);
  if (given === undefined) return { unusable: "is neither a text, nor a whole number, nor true or false" };
  const word = roleWord(given);
  if (word.length > MAX_ROLE_LENGTH) return { unusable: `has more than ${MAX_ROLE_LENGTH} characters` };
  if (word === "") return { text: CUSTOMER };
  return { text: Object.hasOwn(roles, word) ? roles[word]! : word };
}

/** The form in which roles, and producers' words for them, are compared. */
export function roleWord(given: string): string {
  return visibleText(given.toWellFormed()).trim().toLowerCase();
}
