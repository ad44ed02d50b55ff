/**
 * The messages in a record that holds them otherwise than as one JSON object: compressed, several in a row or in a
 * list, in an envelope.
 *
 * 1. Each message is a record of its own, whose position has a sub-position of its own.
 * 2. What does not look as the settings say is passed on as it is: the parser refuses it, or takes it as the bare
 *    message that it is. So a dead letter of one message, which has its bytes alone, can be redriven by the same
 *    settings.
 */
import type { SourceRecord } from "../../model";
import { openEnvelope } from "./envelopes";
import { fieldAt } from "./fields";
import { valuesIn } from "./json-values";
import { parseKeepingDigits } from "./long-integers";
import { MAX_OPENED_BYTES, opened } from "./opened-bytes";
import type { UnpackSettings } from "./settings";
import { hasListAt, unwound } from "./unwind";

/**
 * Messages of one user record. The sub-position counts user records of an aggregate up to 2^17, and their messages
 * above it, within the 31 bits that an integer of the index has.
 */
const MAX_MESSAGES_PER_RECORD = 16_384;
const SUB_POSITIONS_PER_MESSAGE = 131_072;

export type Unpacked =
  | { readonly ok: true; readonly records: readonly SourceRecord[] }
  | { readonly ok: false; readonly code: "UNREADABLE" | "TOO_LARGE" | "OVERFULL"; readonly reason: string };

type Unpack = (record: SourceRecord) => Unpacked;

/** Undefined for settings that open nothing. */
export function unpackerOf(settings: UnpackSettings): Unpack | undefined {
  const { payloadEncoding = "plain", recordValues = "one", envelope = "none", messagesField } = settings;
  const isOff =
    payloadEncoding === "plain" && recordValues === "one" && envelope === "none" && messagesField === undefined;
  return isOff ? undefined : (record) => unpackOrRefuse(record, settings);
}

/** A producer may nest deeper than the stack is: whatever fails is the record's own. */
function unpackOrRefuse(record: SourceRecord, settings: UnpackSettings): Unpacked {
  try {
    return unpack(record, settings);
  } catch {
    return {
      ok: false,
      code: "UNREADABLE",
      reason: "the record cannot be taken apart: a part is missing, or it is nested too deep",
    };
  }
}

function unpack(record: SourceRecord, settings: UnpackSettings): Unpacked {
  // CloudWatch compresses whatever it sends.
  const isOpened = settings.payloadEncoding === "auto" || settings.envelope === "cloudwatch-logs";
  const content = isOpened ? opened(record.data) : ({ ok: true, bytes: record.data } as const);
  if (!content.ok) return content;
  const messages: Uint8Array[] = [];
  let bytes = 0;
  const values = settings.recordValues === "many" ? valuesIn(content.bytes) : [content.bytes];
  for (const value of values) {
    for (const message of messagesIn(value, settings)) {
      messages.push(message);
      bytes += message.length;
      if (messages.length > MAX_MESSAGES_PER_RECORD || bytes > MAX_OPENED_BYTES) return overfull();
    }
  }
  const { position, arrivalMs } = record;
  if (messages.length > 1 && position.subSequenceNumber >= SUB_POSITIONS_PER_MESSAGE) return overfull();
  const records = messages.map((data, index) => {
    const subSequenceNumber = position.subSequenceNumber + index * SUB_POSITIONS_PER_MESSAGE;
    return { position: { ...position, subSequenceNumber }, arrivalMs, data };
  });
  return { ok: true, records };
}

function* messagesIn(bytes: Uint8Array, settings: UnpackSettings): Generator<Uint8Array> {
  const { envelope = "none", messagesField, timestampField } = settings;
  const isOpened = envelope !== "none" || messagesField !== undefined;
  const object = isOpened ? parsed(bytes) : undefined;
  const held = openEnvelope(envelope, object);
  const path = messagesField?.split(".");
  const hasLists = path !== undefined && (held ?? [{ value: object }]).some(({ value }) => hasListAt(value, path));
  if (held === undefined && !hasLists) {
    yield bytes;
    return;
  }
  for (const { value, timeMs = undefined } of held ?? [{ value: object }]) {
    const messages = path !== undefined && hasListAt(value, path) ? unwound(value, path) : [value];
    for (const message of messages) yield encoded(withTime(message, timeMs, timestampField));
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return parseKeepingDigits(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** As RFC 3339, which is read the same whatever the unit of numbers is. */
function withTime(message: unknown, timeMs: number | undefined, field: string): unknown {
  if (timeMs === undefined || typeof message !== "object" || message === null || Array.isArray(message)) return message;
  const isDate = Math.abs(timeMs) <= 8.64e15;
  return !isDate || (fieldAt(message, field) ?? undefined) !== undefined
    ? message
    : withValue(message, field, new Date(timeMs).toISOString());
}

/**
 * Puts the value where the path ends, in the place of a null too, since a key with dots beside it would contradict it.
 */
function withValue(object: object, path: string, value: string): object {
  const [name = "", ...rest] = path.split(".");
  const inner = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
  if (rest.length === 0 || typeof inner !== "object" || inner === null || Array.isArray(inner))
    return { ...object, [path]: value };
  return { ...object, [name]: withValue(inner, rest.join("."), value) };
}

/** Text that is no JSON stays what it is, so that its dead letter shows it. */
function encoded(message: unknown): Uint8Array {
  return Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
}

function overfull(): Unpacked {
  return {
    ok: false,
    code: "OVERFULL",
    reason: `more than ${MAX_MESSAGES_PER_RECORD} messages, or ${MAX_OPENED_BYTES} bytes of them, in one record`,
  };
}
