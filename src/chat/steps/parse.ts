import type { DeadLetterCode } from "../errors";
import type { ChatMessage, KinesisRecord } from "../model";
import { fieldAt, isAmbiguous } from "./fields";
import { isRounded, parseLongIntegers } from "./long-integers";
import { asText, readMessageId } from "./message-id";
import type { MessageSettings, UserForm } from "./settings";
import { looksLike, parseTimestamp } from "./timestamp";

/** Longer user ids, with the text added to them, would exceed OpenSearch's limit of 512 bytes for ids and keywords. */
const MAX_USER_ID_LENGTH = 256;
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
  const { value } = json;
  const hasRoundedId = idFieldsOf(settings).some((field) => isRounded(fieldAt(value, field)));
  const ids = hasRoundedId ? (parseLongIntegers(json.text) as object) : value;
  const ambiguous = fieldsOf(settings).find((field) => isAmbiguous(ids, field));
  if (ambiguous !== undefined) return refuse("AMBIGUOUS", `two different values at "${ambiguous}"`);
  const userId = normalized(asText(fieldAt(ids, settings.userField)) ?? "", settings.normalizeUser);
  if (userId.trim() === "" || userId.length > MAX_USER_ID_LENGTH || !userId.isWellFormed()) {
    return refuse("NO_USER", `no usable user id at "${settings.userField}"`);
  }
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
  return { ok: true, message: hasUnusableId ? { ...message, hasUnusableId } : message };
}

function fieldsOf(settings: MessageSettings): readonly string[] {
  return [settings.contentField, settings.timestampField, ...idFieldsOf(settings)];
}

function idFieldsOf({ userField, messageIdField, messageIdScope }: MessageSettings): readonly string[] {
  return messageIdScope === undefined ? [userField, messageIdField] : [userField, messageIdField, messageIdScope];
}

function refuse(code: DeadLetterCode, reason: string): Parsed {
  return { ok: false, code, reason };
}

/** Boxed, so that the JSON text `null` differs from a failure. */
function readJson(data: Uint8Array): { readonly value: unknown; readonly text: string } | undefined {
  try {
    const text = decoder.decode(data);
    return { value: JSON.parse(text) as unknown, text };
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
  const days = (distanceMs / DAY_MS).toFixed(1);
  return `lies ${days} days ${where} the arrival, more than ${option}: it looks like ${looksLike(value)}`;
}

/** The user id in the forms that the settings ask for, so that one user's spellings make one session. */
function normalized(userId: string, forms: readonly UserForm[]): string {
  let text = userId;
  for (const form of forms) text = NORMALIZE[form](text);
  return text;
}
