import type { DeadLetterCode } from "../errors";
import type { ChatMessage, KinesisRecord } from "../model";
import type { MessageSettings } from "./settings";
import { parseTimestamp } from "./timestamp";

/** Longer user ids, with the text added to them, would exceed OpenSearch's limit of 512 bytes for ids and keywords. */
const MAX_USER_ID_LENGTH = 256;
const MAX_MESSAGE_ID_LENGTH = 512;

export type Parsed =
  | { readonly ok: true; readonly message: ChatMessage }
  | { readonly ok: false; readonly code: DeadLetterCode; readonly reason: string };

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
  const userId = asText(fieldAt(json.value, settings.userField));
  if (userId === undefined || userId.trim() === "" || userId.length > MAX_USER_ID_LENGTH || !userId.isWellFormed()) {
    return refuse("NO_USER", `no usable user id at "${settings.userField}"`);
  }
  const content = fieldAt(json.value, settings.contentField);
  if (typeof content !== "string" || content.trim() === "") {
    return refuse("NO_CONTENT", `no text at "${settings.contentField}"`);
  }
  const timestampMs = eventTime(fieldAt(json.value, settings.timestampField), record.arrivalMs, settings);
  if (timestampMs === undefined) {
    return refuse("BAD_TIMESTAMP", `the time at "${settings.timestampField}" is unreadable or absurd`);
  }
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

/** A record without a timestamp has its arrival as event time. */
function eventTime(value: unknown, arrivalMs: number, settings: MessageSettings): number | undefined {
  if (value === undefined || value === null) return arrivalMs;
  const timestampMs = parseTimestamp(value);
  if (timestampMs === undefined) return undefined;
  const absurd = timestampMs > arrivalMs + settings.maxFutureMs || timestampMs < arrivalMs - settings.maxAgeMs;
  return absurd ? undefined : timestampMs;
}
