import type { DeadLetterCode } from "../errors";
import type { ChatMessage, KinesisRecord } from "../model";
import type { MessageSettings, UserForm } from "./settings";
import { looksLike, parseTimestamp } from "./timestamp";

/** Longer user ids, with the text added to them, would exceed OpenSearch's limit of 512 bytes for ids and keywords. */
const MAX_USER_ID_LENGTH = 256;
const MAX_MESSAGE_ID_LENGTH = 512;
const DAY_MS = 86_400_000;

export type Parsed =
  | { readonly ok: true; readonly message: ChatMessage }
  | { readonly ok: false; readonly code: DeadLetterCode; readonly reason: string };

const NORMALIZE: Readonly<Record<UserForm, (text: string) => string>> = {
  nfc: (text) => text.normalize("NFC"),
  trim: (text) => text.trim(),
  lower: (text) => text.toLowerCase(),
};

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Parses a record's JSON object into a checked message, or the reason of its refusal. Reasons never quote the record.
 */
export function parse(record: KinesisRecord, settings: MessageSettings): Parsed {
  if (record.data.byteLength > settings.maxMessageBytes) {
    return refuse("TOO_LARGE", `${record.data.byteLength} bytes, more than ${settings.maxMessageBytes}`);
  }
  const json = readJson(record.data);
  if (json === undefined) return refuse("UNREADABLE", "not UTF-8 JSON");
  if (typeof json.value !== "object" || json.value === null || Array.isArray(json.value)) {
    return refuse("NOT_AN_OBJECT", "JSON, but not an object");
  }
  const ambiguous = fieldsOf(settings).find((field) => isAmbiguous(json.value as object, field));
  if (ambiguous !== undefined) return refuse("AMBIGUOUS", `two different values at "${ambiguous}"`);
  const userId = normalized(asText(fieldAt(json.value, settings.userField)) ?? "", settings.normalizeUser);
  if (userId.trim() === "" || userId.length > MAX_USER_ID_LENGTH || !userId.isWellFormed()) {
    return refuse("NO_USER", `no usable user id at "${settings.userField}"`);
  }
  const content = fieldAt(json.value, settings.contentField);
  if (typeof content !== "string" || content.trim() === "") {
    return refuse("NO_CONTENT", `no text at "${settings.contentField}"`);
  }
  const time = eventTime(fieldAt(json.value, settings.timestampField), record.arrivalMs, settings);
  if (typeof time === "string") {
    return refuse("BAD_TIMESTAMP", `the time at "${settings.timestampField}" ${time}`);
  }
  const timestampMs = time;
  const messageId = asText(fieldAt(json.value, settings.messageIdField));
  const usableId = messageId !== undefined && messageId !== "" && messageId.length <= MAX_MESSAGE_ID_LENGTH;
  const { arrivalMs, position } = record;
  const text = content.toWellFormed();
  return {
    ok: true,
    message: usableId
      ? { userId, content: text, messageId: messageId.toWellFormed(), timestampMs, arrivalMs, position }
      : { userId, content: text, timestampMs, arrivalMs, position },
  };
}

function fieldsOf(settings: MessageSettings): readonly string[] {
  return [settings.userField, settings.contentField, settings.timestampField, settings.messageIdField];
}

function refuse(code: DeadLetterCode, reason: string): Parsed {
  return { ok: false, code, reason };
}

/** Boxed, so that the JSON text `null` differs from a failure. */
function readJson(data: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(decoder.decode(data)) as unknown };
  } catch {
    return undefined;
  }
}

/**
 * True when the record has a field twice, nested and as a key with dots: a producer who wrote one may not know of the
 * other.
 */
function isAmbiguous(object: object, path: string): boolean {
  if (!path.includes(".") || !Object.hasOwn(object, path)) return false;
  const nested = nestedAt(object, path);
  return nested !== undefined && nested !== (object as Record<string, unknown>)[path];
}

/** The value at a dotted path, or that of a whole key that contains the dots. */
function fieldAt(object: object, path: string): unknown {
  return (
    nestedAt(object, path) ?? (Object.hasOwn(object, path) ? (object as Record<string, unknown>)[path] : undefined)
  );
}

/** Reads own properties only: inherited ones, such as `constructor`, are not part of the record. */
function nestedAt(object: object, path: string): unknown {
  let value: unknown = object;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/**
 * Accepts numbers too, since ids often are numbers, but not beyond 2^53, where JSON.parse rounds and two ids would
 * become one.
 */
function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
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
  const days = (distanceMs / DAY_MS).toFixed(1);
  return `lies ${days} days ${where} the arrival, more than ${option}: it looks like ${looksLike(value)}`;
}

/** The user id in the forms that the settings ask for, so that one user's spellings make one session. */
function normalized(userId: string, forms: readonly UserForm[]): string {
  let text = userId;
  for (const form of forms) text = NORMALIZE[form](text);
  return text;
}
