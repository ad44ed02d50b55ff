/** Tells whose a dead letter is, as far as it can be read; keys are told as hashes. Pure. */
import type { ChatMessage, LetterSubject, SessionPart } from "../model";
import { sessionKeyOf } from "../model";
import { keyHash } from "./key-hash";
import { idsOf, readJson } from "./parse";
import { readSessionKey } from "./read-session-key";
import type { MessageSettings } from "./settings";
import { readUser } from "./user-id";

/** Of a record that was refused, whatever the reason; undefined where it names no user. */
export function subjectOfRecord(data: Uint8Array, settings: MessageSettings): LetterSubject | undefined {
  const value = readJson(data)?.value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const ids = idsOf(data, value, settings);
  const userId = readUser(ids, settings);
  if (userId === undefined) return undefined;
  const { sessionKey: fields, isConversationOptional = false } = settings;
  const key = fields === undefined ? { text: userId } : readSessionKey(ids, fields, settings);
  const userHashes = [keyHash(userId)];
  if ("text" in key) return { sessionKeyHash: keyHash(key.text), userHashes };
  return isConversationOptional ? { sessionKeyHash: keyHash(userId), userHashes } : { userHashes };
}

/** Of a message that was parsed. `message` is what the source's parser made of the record. */
export function subjectOfMessage(message: unknown): LetterSubject | undefined {
  if (!isChatMessage(message)) return undefined;
  const { userId, timestampMs, arrivalMs } = message;
  return {
    sessionKeyHash: keyHash(sessionKeyOf(message)),
    userHashes: [keyHash(userId)],
    sentMs: Math.min(timestampMs, arrivalMs),
  };
}

export function subjectOfPart({ sessionKey, messages }: SessionPart): LetterSubject {
  return {
    sessionKeyHash: keyHash(sessionKey),
    userHashes: [...new Set(messages.map(({ userId }) => userId))].map(keyHash),
  };
}

/** A source may run another parser than the chat's. */
function isChatMessage(value: unknown): value is ChatMessage {
  return typeof value === "object" && value !== null && "userId" in value && "arrivalMs" in value;
}
