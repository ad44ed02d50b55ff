import { hash } from "node:crypto";
import type { ChatMessage } from "../model";

/** Changes the key of every message, and so the id of every document. */
const VERSION = "1";
/** 132 bits in base64url: no two messages of a user meet by chance. */
const KEY_LENGTH = 22;

/**
 * The identity of a message among those of its user, 22 characters of base64url: its id and content when the producer
 * gave an id, else its event time and content. Stream, position and arrival are no part of it, so the same chat from
 * another source has the same keys.
 */
export function messageKey({ messageId, content, timestampMs }: ChatMessage): string {
  return messageId === undefined ? digest("time", String(timestampMs), content) : digest("id", messageId, content);
}

/** Messages with the same of these and the same content have the same key. */
export function idOrTime({ messageId, timestampMs }: ChatMessage): string | number {
  return messageId ?? timestampMs;
}

/** The length before each field keeps fields apart whatever they hold; UTF-8 has no lone surrogates. */
function digest(...fields: readonly string[]): string {
  const wellFormed = [VERSION, ...fields].map((field) => field.toWellFormed());
  const encoded = wellFormed.map((field) => `${field.length}:${field}`).join("");
  return hash("sha256", encoded, "base64url").slice(0, KEY_LENGTH);
}
