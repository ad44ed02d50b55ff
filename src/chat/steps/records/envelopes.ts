/** The envelopes in which AWS's services deliver messages to a stream or bucket, opened. Pure. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { parseKeepingDigits } from "./long-integers";

export const ENVELOPES = ["none", "eventbridge", "cloudwatch-logs", "dynamodb-stream", "sns"] as const;
export type Envelope = (typeof ENVELOPES)[number];

/** The content of an envelope. */
export interface Held {
  /** A JSON value, or text that is no JSON. */
  readonly value: unknown;
  /** The envelope's own time, in milliseconds since the epoch, where it has one. */
  readonly timeMs?: number | undefined;
}

/**
 * Opens an envelope of this kind; undefined for anything else. None is held where the service only says that it is
 * there.
 */
type Open = (object: Readonly<Record<string, unknown>>) => readonly Held[] | undefined;

const OPENERS: Readonly<Record<Exclude<Envelope, "none">, Open>> = {
  eventbridge: (object) =>
    typeof object["detail-type"] === "string" && isObject(object["detail"])
      ? [{ value: object["detail"], timeMs: instant(object["time"]) }]
      : undefined,

  "cloudwatch-logs"({ messageType, logEvents }) {
    if (!Array.isArray(logEvents) || typeof messageType !== "string") return undefined;
    // CloudWatch writes such a record to see whether it may.
    if (messageType === "CONTROL_MESSAGE") return [];
    return logEvents.flatMap((event: unknown) =>
      isObject(event) ? [{ value: jsonOrText(event["message"]), timeMs: finite(event["timestamp"]) }] : [],
    );
  },

  "dynamodb-stream"({ dynamodb, eventName }) {
    if (!isObject(dynamodb) || typeof eventName !== "string") return undefined;
    const image = dynamodb["NewImage"];
    // A removal is no new message; a stream of keys alone has no image of an insertion either.
    if (!isObject(image)) return eventName === "REMOVE" ? [] : undefined;
    const value = unmarshalled(image);
    return value === undefined ? undefined : [{ value, timeMs: creationMs(dynamodb) }];
  },

  sns: ({ Type, Message, Timestamp }) =>
    Type === "Notification" && typeof Message === "string"
      ? [{ value: jsonOrText(Message), timeMs: instant(Timestamp) }]
      : undefined,
};

export function openEnvelope(envelope: Envelope, object: unknown): readonly Held[] | undefined {
  return envelope === "none" || !isObject(object) ? undefined : OPENERS[envelope](object);
}

/** The envelope that an object looks like. */
export function envelopeLike(object: unknown): Exclude<Envelope, "none"> | undefined {
  const kinds = Object.keys(OPENERS) as Exclude<Envelope, "none">[];
  return kinds.find((kind) => openEnvelope(kind, object) !== undefined);
}

/** Undefined for attribute values that are none. Numbers that a double does not hold become texts of their digits. */
function unmarshalled(image: Readonly<Record<string, unknown>>): unknown {
  const wrapNumbers = (digits: string): number | string => {
    const number = Number(digits);
    return String(number) === digits ? number : digits;
  };
  try {
    return unmarshall(image as Record<string, AttributeValue>, { wrapNumbers });
  } catch {
    return undefined;
  }
}

/** Seconds, or microseconds where the record says so, as streams to Kinesis do. */
function creationMs(dynamodb: Readonly<Record<string, unknown>>): number | undefined {
  const time = finite(dynamodb["ApproximateCreationDateTime"]);
  if (time === undefined) return undefined;
  switch (dynamodb["ApproximateCreationDateTimePrecision"]) {
    case "MICROSECOND":
      return Math.floor(time / 1_000);
    case "MILLISECOND":
      return time;
    default:
      return time * 1_000;
  }
}

function jsonOrText(text: unknown): unknown {
  if (typeof text !== "string") return text;
  try {
    return parseKeepingDigits(text);
  } catch {
    return text;
  }
}

function instant(text: unknown): number | undefined {
  return typeof text === "string" ? finite(Date.parse(text)) : undefined;
}

/** Numbers of 16 digits and more come as texts (see `parseLongIntegers`). */
function finite(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
