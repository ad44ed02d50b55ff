import type { DeadLetterCode } from "../../errors";
import { type ChatMessage, CUSTOMER, type SourceRecord } from "../../model";
import { readAttributes } from "./attributes";
import { fieldAt, isAmbiguous } from "./fields";
import { isRounded, parseLongIntegers } from "./long-integers";
import { readMessageId } from "./message-id";
import { readRole } from "./read-role";
import { readSessionKey } from "./read-session-key";
import type { MessageSettings } from "./settings";
import { looksLike, parseTimestamp } from "./timestamp";
import { readUser } from "./user-id";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365.25 * DAY_MS;

export type Parsed =
  | { readonly ok: true; readonly message: ChatMessage }
  | { readonly ok: false; readonly code: DeadLetterCode; readonly reason: string };

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Parses a record by itself, as `parserOf` does. */
export function parse(record: SourceRecord, settings: MessageSettings): Parsed {
  return parserOf(settings)(record);
}

/**
 * Makes the parser of a record's JSON object into a checked message, or the reason of its refusal. Reasons never quote
 * the record.
 */
export function parserOf(settings: MessageSettings): (record: SourceRecord) => Parsed {
  // Found once, since each message asks for them.
  const idFields = idFieldsOf(settings);
  const dottedFields = fieldsOf(settings).filter((field) => field.includes("."));
  return (record) => {
    if (record.data.byteLength > settings.maxMessageBytes) {
      return refuse("TOO_LARGE", `${record.data.byteLength} bytes, more than ${settings.maxMessageBytes}`);
    }
    const json = readJson(record.data);
    if (json === undefined) return refuse("UNREADABLE", "not UTF-8 JSON");
    if (typeof json.value !== "object" || json.value === null || Array.isArray(json.value)) {
      return refuse("NOT_AN_OBJECT", "JSON, but not an object");
    }
    const { value } = json;
    const ids = withDigits(record.data, value, idFields);
    const ambiguous = dottedFields.find((field) => isAmbiguous(ids, field));
    if (ambiguous !== undefined) return refuse("AMBIGUOUS", `two different values at "${ambiguous}"`);
    return messageOf(record, value, ids, settings);
  };
}

/** `ids` is the object with all digits of its ids. */
function messageOf(record: SourceRecord, value: object, ids: object, settings: MessageSettings): Parsed {
  const userId = readUser(ids, settings);
  if (userId === undefined) return refuse("NO_USER", `no usable user id at "${settings.userField}"`);
  const content = fieldAt(value, settings.contentField);
  if (typeof content !== "string" || content.trim() === "") {
    return refuse("NO_CONTENT", `no text at "${settings.contentField}"`);
  }
  const time = eventTime(fieldAt(value, settings.timestampField), record.arrivalMs, settings);
  if (typeof time === "string") {
    return refuse("BAD_TIMESTAMP", `the time at "${settings.timestampField}" ${time}`);
  }
  const timestampMs = time;
  const { id, hasUnusableId } = readMessageId(ids, settings);
  const { arrivalMs, position } = record;
  const text = content.toWellFormed();
  const message =
    id === undefined
      ? { userId, content: text, timestampMs, arrivalMs, position }
      : { userId, content: text, messageId: id, timestampMs, arrivalMs, position };
  return withConversation(hasUnusableId ? { ...message, hasUnusableId } : message, ids, settings);
}

/** Adds what only some settings ask for: session key, role and attributes. */
function withConversation(message: ChatMessage, record: object, settings: MessageSettings): Parsed {
  const { sessionKey: keyFields, roleField, attributes, isConversationOptional = false } = settings;
  if (keyFields === undefined && roleField === undefined && attributes === undefined) return { ok: true, message };
  const key = keyFields === undefined ? undefined : readSessionKey(record, keyFields, settings);
  const isKeyMissing = key !== undefined && "missing" in key;
  if (isKeyMissing && !isConversationOptional) {
    return refuse("NO_SESSION_KEY", `no usable value at "${key.missing}", of which --session-key makes the session`);
  }
  const role = roleField === undefined ? undefined : readRole(fieldAt(record, roleField), settings.roles);
  const isRoleUnusable = role !== undefined && "unusable" in role;
  if (isRoleUnusable && !isConversationOptional) {
    return refuse("BAD_ROLE", `the role at "${roleField}" ${role.unusable}`);
  }
  const values = attributes === undefined ? undefined : readAttributes(record, attributes);
  return {
    ok: true,
    message: {
      ...message,
      ...(key === undefined || isKeyMissing ? {} : { sessionKey: key.text }),
      ...(role === undefined || isRoleUnusable || role.text === CUSTOMER ? {} : { role: role.text }),
      ...(values === undefined ? {} : { attributes: values }),
    },
  };
}

/** Fields that are read as they stand. */
function fieldsOf(settings: MessageSettings): readonly string[] {
  const fields = [settings.contentField, settings.timestampField, ...idFieldsOf(settings)];
  return settings.roleField === undefined ? fields : [...fields, settings.roleField];
}

/** Fields whose numbers keep all their digits. */
function idFieldsOf(settings: MessageSettings): readonly string[] {
  const { userField, messageIdField, messageIdScope, sessionKey, attributes } = settings;
  const fields =
    messageIdScope === undefined ? [userField, messageIdField] : [userField, messageIdField, messageIdScope];
  if (sessionKey === undefined && attributes === undefined) return fields;
  return [...fields, ...(sessionKey ?? []), ...(attributes ?? []).map(({ field }) => field)];
}

function refuse(code: DeadLetterCode, reason: string): Parsed {
  return { ok: false, code, reason };
}

/** The object with all digits of its ids, which is the same one where none has too many. */
export function idsOf(data: Uint8Array, value: object, settings: MessageSettings): object {
  return withDigits(data, value, idFieldsOf(settings));
}

function withDigits(data: Uint8Array, value: object, idFields: readonly string[]): object {
  const hasRoundedId = idFields.some((field) => isRounded(fieldAt(value, field)));
  return hasRoundedId ? (parseLongIntegers(decoder.decode(data)) as object) : value;
}

/** Boxed, so that the JSON text `null` differs from a failure. */
export function readJson(data: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(decoder.decode(data)) as unknown };
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds since the epoch, or words that follow "the time" and say why there is none. A record without a timestamp
 * has its arrival as event time.
 */
function eventTime(value: unknown, arrivalMs: number, settings: MessageSettings): number | string {
  if (value === undefined || value === null) return arrivalMs;
  const timestampMs = parseTimestamp(value, settings.timestampUnit);
  if (timestampMs === undefined) return `is unreadable: it looks like ${looksLike(value)}`;
  const aheadMs = timestampMs - arrivalMs;
  if (aheadMs > settings.maxFutureMs) return absurd("ahead of", aheadMs, "--max-future", value);
  if (-aheadMs > settings.maxAgeMs) return absurd("behind", -aheadMs, "--max-age", value);
  return timestampMs;
}

function absurd(where: string, distanceMs: number, option: string, value: unknown): string {
  return `lies ${distanceText(distanceMs)} ${where} the arrival, more than ${option}: it looks like ${looksLike(value)}`;
}

function distanceText(ms: number): string {
  if (ms < 2 * DAY_MS) return `${(ms / HOUR_MS).toFixed(1)} hours`;
  return ms < 2 * YEAR_MS ? `${(ms / DAY_MS).toFixed(1)} days` : `${Math.round(ms / YEAR_MS)} years`;
}
