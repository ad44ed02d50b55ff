import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import type { ChatMessage } from "../model";
import {
  readMs,
  readPosition,
  readStrings,
  readTexts,
  writeMs,
  writePosition,
  writeStrings,
  writeTexts,
} from "./fields";

const HAS_ID = 1;
const HAS_UNUSABLE_ID = 2;
const IS_EDIT = 4;
const REPLACES = 8;
const HAS_SESSION_KEY = 16;
const HAS_ROLE = 32;
const HAS_ATTRIBUTES = 64;
const HAS_MODEL_CONTENT = 128;
const HAS_REDACTED = 256;

/** Flags say which fields follow, so older versions, which knew fewer of them, read the same. */
export function writeChatMessage(message: ChatMessage, writer: Writer): void {
  const { sessionKey, role, messageId, attributes, modelContent, redacted } = message;
  writer.string(message.userId);
  writer.string(message.content);
  writer.uint32(
    (messageId === undefined ? 0 : HAS_ID) |
      (message.hasUnusableId === undefined ? 0 : HAS_UNUSABLE_ID) |
      (message.isEdit === undefined ? 0 : IS_EDIT) |
      (message.replaces === undefined ? 0 : REPLACES) |
      (sessionKey === undefined ? 0 : HAS_SESSION_KEY) |
      (role === undefined ? 0 : HAS_ROLE) |
      (attributes === undefined ? 0 : HAS_ATTRIBUTES) |
      (modelContent === undefined ? 0 : HAS_MODEL_CONTENT) |
      (redacted === undefined ? 0 : HAS_REDACTED),
  );
  if (messageId !== undefined) writer.string(messageId);
  writeMs(message.timestampMs, writer);
  writeMs(message.arrivalMs, writer);
  writePosition(message.position, writer);
  if (message.replaces !== undefined) {
    writeStrings(message.replaces.keys, writer);
    writeMs(message.replaces.writtenMs, writer);
  }
  if (sessionKey !== undefined) writer.string(sessionKey);
  if (role !== undefined) writer.string(role);
  if (attributes !== undefined) writeTexts(attributes, writer);
  if (modelContent !== undefined) writer.string(modelContent);
  if (redacted !== undefined) writeStrings(redacted, writer);
}

export function readChatMessage(reader: Reader): ChatMessage {
  const userId = reader.string();
  const content = reader.string();
  const flags = reader.uint32();
  const messageId = (flags & HAS_ID) === 0 ? undefined : reader.string();
  const timestampMs = readMs(reader);
  const arrivalMs = readMs(reader);
  const position = readPosition(reader);
  const message =
    messageId === undefined
      ? { userId, content, timestampMs, arrivalMs, position }
      : { userId, content, messageId, timestampMs, arrivalMs, position };
  if (flags <= HAS_ID) return message;
  return {
    ...message,
    ...((flags & HAS_UNUSABLE_ID) === 0 ? {} : { hasUnusableId: true }),
    ...((flags & IS_EDIT) === 0 ? {} : { isEdit: true }),
    ...((flags & REPLACES) === 0 ? {} : { replaces: { keys: readStrings(reader), writtenMs: readMs(reader) } }),
    ...((flags & HAS_SESSION_KEY) === 0 ? {} : { sessionKey: reader.string() }),
    ...((flags & HAS_ROLE) === 0 ? {} : { role: reader.string() }),
    ...((flags & HAS_ATTRIBUTES) === 0 ? {} : { attributes: readTexts(reader) }),
    ...((flags & HAS_MODEL_CONTENT) === 0 ? {} : { modelContent: reader.string() }),
    ...((flags & HAS_REDACTED) === 0 ? {} : { redacted: readStrings(reader) }),
  };
}

export const chatMessageCoder = compactCoder<ChatMessage>("beam-chat-sessions:coder:chat_message", 4, {
  write: writeChatMessage,
  read: readChatMessage,
});
