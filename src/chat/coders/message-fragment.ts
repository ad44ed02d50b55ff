import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import type { ChatMessage } from "../model";
import { readStrings, readTexts, writeStrings, writeTexts } from "./fields";

const TWO_TO_31 = 2 ** 31;
const HAS_ID = 1;
const HAS_SAME_SHARD = 2;
const HAS_UNUSABLE_ID = 4;
const HAS_OTHER_AUTHOR = 8;
const HAS_SESSION_KEY = 16;
const HAS_SAME_SESSION_KEY = 32;
const HAS_ROLE = 64;
const HAS_ATTRIBUTES = 128;
const HAS_MODEL_CONTENT = 256;
const HAS_REDACTED = 512;
const PLAIN = HAS_ID | HAS_SAME_SHARD;

/**
 * Messages of one session key that travel together. An empty fragment only adds weight to a session: see `fragments`.
 */
export type MessageFragment = readonly ChatMessage[];

/** First version with the texts of all messages in one, since each text costs a call into native code, both ways. */
const JOINED_VERSION = 6;

/**
 * Writes what messages share once: author, session key and shard for as long as they stay the same. Times are
 * differences: the event time's to the message before, the arrival's to the event time. Texts that every message has
 * are written first, as one; the length of each stands in its place. Version 4 and older have the flags of their time,
 * and read the same.
 */
export const messageFragmentCoder = compactCoder<MessageFragment>("beam-chat-sessions:coder:message_fragment", 6, {
  write(messages, writer) {
    const first = messages[0];
    const firstMs = first?.timestampMs ?? 0;
    let texts = "";
    for (const { content, messageId = "", position } of messages)
      texts += content + messageId + position.sequenceNumber;
    writer.string(texts);
    writer.uint32(messages.length);
    writer.string(first?.userId ?? "");
    writer.double(firstMs);
    let shardId: string | undefined;
    let beforeMs = firstMs;
    let before = first;
    for (const message of messages) {
      const { content, messageId, hasUnusableId, timestampMs, arrivalMs, position } = message;
      const hasSameShard = position.shardId === shardId;
      const further = furtherFlags(message, before);
      writer.uint32(
        (messageId === undefined ? 0 : HAS_ID) |
          (hasSameShard ? HAS_SAME_SHARD : 0) |
          (hasUnusableId === undefined ? 0 : HAS_UNUSABLE_ID) |
          further,
      );
      writer.uint32(content.length);
      if (messageId !== undefined) writer.uint32(messageId.length);
      writeDifference(timestampMs - beforeMs, writer);
      writeDifference(arrivalMs - timestampMs, writer);
      if (!hasSameShard) writer.string(position.shardId);
      writer.uint32(position.sequenceNumber.length);
      writer.uint32(position.subSequenceNumber);
      if (further !== 0) writeFurther(message, further, writer);
      beforeMs = timestampMs;
      ({ shardId } = position);
      before = message;
    }
  },
  read(reader, version) {
    const joined = version < JOINED_VERSION ? undefined : reader.string();
    let at = 0;
    const count = reader.uint32();
    let userId = reader.string();
    const messages: ChatMessage[] = [];
    let timestampMs = reader.double();
    let shardId = "";
    let sessionKey: string | undefined;
    for (let index = 0; index < count; index++) {
      const flags = reader.uint32();
      const content = readText(reader, joined, at);
      at += content.length;
      const messageId = (flags & HAS_ID) === 0 ? undefined : readText(reader, joined, at);
      at += messageId?.length ?? 0;
      timestampMs += readDifference(reader);
      const arrivalMs = timestampMs + readDifference(reader);
      if ((flags & HAS_SAME_SHARD) === 0) shardId = reader.string();
      const sequenceNumber = readText(reader, joined, at);
      at += sequenceNumber.length;
      const position = { shardId, sequenceNumber, subSequenceNumber: reader.uint32() };
      if ((flags & HAS_OTHER_AUTHOR) !== 0) userId = reader.string();
      const message: ChatMessage =
        messageId === undefined
          ? { userId, content, timestampMs, arrivalMs, position }
          : { userId, content, messageId, timestampMs, arrivalMs, position };
      if (flags <= PLAIN) {
        messages.push(message);
        continue;
      }
      if ((flags & HAS_SESSION_KEY) !== 0) sessionKey = reader.string();
      messages.push({
        ...message,
        ...((flags & HAS_UNUSABLE_ID) === 0 ? {} : { hasUnusableId: true }),
        ...((flags & (HAS_SESSION_KEY | HAS_SAME_SESSION_KEY)) === 0 ? {} : { sessionKey: sessionKey! }),
        ...((flags & HAS_ROLE) === 0 ? {} : { role: reader.string() }),
        ...((flags & HAS_ATTRIBUTES) === 0 ? {} : { attributes: readTexts(reader) }),
        ...((flags & HAS_MODEL_CONTENT) === 0 ? {} : { modelContent: reader.string() }),
        ...((flags & HAS_REDACTED) === 0 ? {} : { redacted: readStrings(reader) }),
      });
    }
    return messages;
  },
});

/** Reads a text that stands by itself, or takes the one at `at` from those that were joined. */
function readText(reader: Reader, joined: string | undefined, at: number): string {
  return joined === undefined ? reader.string() : joined.slice(at, at + reader.uint32());
}

/** Flags of what only some settings give a message; most messages have nothing of it. */
function furtherFlags(message: ChatMessage, before: ChatMessage | undefined): number {
  const { userId, sessionKey, role, attributes, modelContent, redacted } = message;
  const isPlain =
    sessionKey === undefined &&
    role === undefined &&
    attributes === undefined &&
    modelContent === undefined &&
    redacted === undefined;
  // Without session keys a fragment is of one user.
  if (isPlain && before?.sessionKey === undefined) return 0;
  const isSameKey = before !== message && sessionKey === before?.sessionKey;
  return (
    (userId === before?.userId ? 0 : HAS_OTHER_AUTHOR) |
    (sessionKey === undefined ? 0 : isSameKey ? HAS_SAME_SESSION_KEY : HAS_SESSION_KEY) |
    (role === undefined ? 0 : HAS_ROLE) |
    (attributes === undefined ? 0 : HAS_ATTRIBUTES) |
    (modelContent === undefined ? 0 : HAS_MODEL_CONTENT) |
    (redacted === undefined ? 0 : HAS_REDACTED)
  );
}

function writeFurther(
  { userId, sessionKey, role, attributes, modelContent, redacted }: ChatMessage,
  flags: number,
  writer: Writer,
): void {
  if ((flags & HAS_OTHER_AUTHOR) !== 0) writer.string(userId);
  if ((flags & HAS_SESSION_KEY) !== 0) writer.string(sessionKey!);
  if (role !== undefined) writer.string(role);
  if (attributes !== undefined) writeTexts(attributes, writer);
  if (modelContent !== undefined) writer.string(modelContent);
  if (redacted !== undefined) writeStrings(redacted, writer);
}

/** Zig-zag in two halves, since the difference of two times may have more than 32 bits. */
function writeDifference(difference: number, writer: Writer): void {
  const unsigned = difference < 0 ? -2 * difference - 1 : 2 * difference;
  writer.uint32(unsigned % TWO_TO_31);
  writer.uint32(Math.floor(unsigned / TWO_TO_31));
}

function readDifference(reader: Reader): number {
  const low = reader.uint32();
  const unsigned = reader.uint32() * TWO_TO_31 + low;
  return unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2;
}
