import { hash } from "node:crypto";
import type { ChatMessage } from "../../model";
import { withoutKinds } from "../../privacy/masks";

/** Changes the key of every message, and so the id of every document. */
const VERSION = "1";
/** 132 bits in base64url: no two messages of a session key meet by chance. */
const KEY_LENGTH = 22;

/**
 * The identity of a message among those of its session key, 22 characters of base64url: its id and content when the
 * producer gave an id, else its event time and content; and its author, where several may have one session key. Stream,
 * position and arrival are no part of it, so the same chat from another source has the same keys. Nor is the kind of a
 * redaction's marks.
 */
export function messageKey({ userId, sessionKey, messageId, content, timestampMs }: ChatMessage): string {
  const [kind, own] = messageId === undefined ? ["time", String(timestampMs)] : ["id", messageId];
  const text = withoutKinds(content);
  return sessionKey === undefined ? digest(kind, own, text) : digest(`author's ${kind}`, userId, own, text);
}

/** Messages with the same of these and the same content, but for the kind of marks, have the same key. */
export function idOrTime({ userId, sessionKey, messageId, timestampMs }: ChatMessage): string | number {
  const own = messageId ?? timestampMs;
  return sessionKey === undefined ? own : JSON.stringify([userId, own]);
}

/** The length before each field keeps fields apart whatever they hold; UTF-8 has no lone surrogates. */
function digest(...fields: readonly string[]): string {
  const wellFormed = [VERSION, ...fields].map((field) => field.toWellFormed());
  const encoded = wellFormed.map((field) => `${field.length}:${field}`).join("");
  return hash("sha256", encoded, "base64url").slice(0, KEY_LENGTH);
}
