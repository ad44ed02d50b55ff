/** Tells whose a dead letter is, as far as it can be read; keys are told as hashes. Pure. */
import type { ChatMessage, LetterSubject, SessionPart } from "../../model";
import { sessionKeyOf } from "../../model";
import type { Redactor } from "../../privacy/redactor";
import { keyHash } from "../ids/key-hash";
import { idsOf, readJson } from "../records/parse";
import { readSessionKey } from "../records/read-session-key";
import type { MessageSettings } from "../records/settings";
import { readUser } from "../records/user-id";

/**
 * The subject of a refused record, whatever the reason, by the names that its message would have; undefined where it
 * names no user.
 */
export function subjectOfRecord(
  data: Uint8Array,
  settings: MessageSettings,
  redactor: Pick<Redactor, "nameOf">,
): LetterSubject | undefined {
  const value = readJson(data)?.value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const ids = idsOf(data, value, settings);
  const userId = readUser(ids, settings);
  if (userId === undefined) return undefined;
  const { sessionKey: fields, isConversationOptional = false } = settings;
  const userHash = keyHash(redactor.nameOf("user", userId));
  const userHashes = [userHash];
  if (fields === undefined) return { sessionKeyHash: userHash, userHashes };
  const key = readSessionKey(ids, fields, settings);
  if ("text" in key) return { sessionKeyHash: keyHash(redactor.nameOf("session", key.text)), userHashes };
  return isConversationOptional ? { sessionKeyHash: userHash, userHashes } : { userHashes };
}

/** Names the people of a parsed message; undefined for other values that a source's parser may make of a record. */
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
