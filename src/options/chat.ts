/** The options that describe messages and sessions. */
import { ENVELOPES } from "../chat/steps/records/envelopes";
import { USER_FORMS } from "../chat/steps/records/settings";
import { TIMESTAMP_UNITS } from "../chat/steps/records/timestamp";
import { CONVERSATION, fieldPath } from "./conversation";
import { bytes, choice, choices, count, duration } from "./kinds";
import { option, optional } from "./spec";

export const MESSAGES = {
  payloadEncoding: option(
    choice(["plain", "auto"]),
    "plain",
    "What records are: JSON (plain), or also gzip and zstd, which are told by their first bytes (auto)",
  ),
  recordValues: option(
    choice(["one", "many"]),
    "one",
    "JSON values in a record, or on a line of a file: one, or many in a row, on lines or in a list",
  ),
  envelope: option(choice(ENVELOPES), "none", "The service whose envelope is around each message"),
  messagesField: optional(
    fieldPath,
    "Field of a list, or of lists within lists, whose members are the messages: each stands in its list's place",
    { otherwise: "a record is one message" },
  ),
  userField: option(fieldPath, "userId", "Field of the user id"),
  normalizeUser: option(
    choices(USER_FORMS),
    "",
    "Make user ids the same that differ only in Unicode form (nfc), spaces around (trim) or case (lower)",
  ),
  ...CONVERSATION,
  contentField: option(fieldPath, "content", "Field of the message's text"),
  messageIdField: option(fieldPath, "messageId", "Field of the producer's message id, by which duplicates are known"),
  messageIdScope: optional(fieldPath, "Field of what message ids are unique in, such as a chat", {
    otherwise: "they are unique for a user",
  }),
  timestampField: option(
    fieldPath,
    "timestamp",
    "Field of the event time (a number, or RFC 3339 with offset); without it the arrival time counts",
  ),
  timestampUnit: option(
    choice(TIMESTAMP_UNITS),
    "auto",
    "Unit of event times that are numbers; auto reads 10 digits as s, 13 as ms, 16 as us, 19 as ns: dates from 2001-09-09 to 2286-11-20",
  ),
  maxMessageBytes: option(bytes("1KiB", "10MiB"), "256KiB", "A larger record becomes a dead letter"),
  maxFuture: option(duration("0ms", "3650d"), "1h", "A timestamp further ahead of the arrival makes a dead letter"),
  maxAge: option(duration("1m", "36500d"), "3650d", "A timestamp further behind the arrival makes a dead letter"),
} as const;

export const SESSIONS = {
  sessionGap: option(duration("1ms", "7d"), "5m", "Two messages this far apart belong to two sessions"),
  maxOpenSession: option(
    duration("1s", "30d"),
    "24h",
    "A session open for longer, in processing time, is written early",
  ),
  maxOpenMessages: option(
    count(10, 1_000_000),
    "10000",
    "An open session with this many messages is written early; small ones that come together, up to 32, count as one",
  ),
  maxOpenBytes: option(
    bytes("1MiB", "256MiB"),
    "16MiB",
    "An open session of this many bytes is written early, give or take a message; each counts for 1 KiB at least",
  ),
  onEdit: option(
    choice(["keep", "replace"]),
    "keep",
    "Another text under a known message id: both stay, or the last one stands in the place of the first",
  ),
  // OpenSearch takes 10,000 nested objects in a document (index.mapping.nested_objects.limit).
  maxPartMessages: option(count(1, 10_000), "500", "Messages in one part of a session, that is in one document"),
  maxPartTokens: option(
    count(500, 900_000),
    "50000",
    "Estimated tokens in one part of a session, that is in one model call",
  ),
  maxPartBytes: option(bytes("1KiB", "50MiB"), "1MiB", "Bytes of text in one part of a session"),
} as const;
