import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import type { ChatMessage } from "../model";
import { readMs, readPosition, readStrings, writeMs, writePosition, writeStrings } from "./fields";

const HAS_ID = 1;
const HAS_UNUSABLE_ID = 2;
const IS_EDIT = 4;
const REPLACES = 8;

/** What was written before there were edits has the first flag alone, and reads the same. */
export function writeChatMessage(message: ChatMessage, writer: Writer): void {
  writer.string(message.userId);
  writer.string(message.content);
  writer.uint32(
    (message.messageId === undefined ? 0 : HAS_ID) |
      (message.hasUnusableId === undefined ? 0 : HAS_UNUSABLE_ID) |
      (message.isEdit === undefined ? 0 : IS_EDIT) |
      (message.replaces === undefined ? 0 : REPLACES),
  );
  if (message.messageId !== undefined) writer.string(message.messageId);
  writeMs(message.timestampMs, writer);
  writeMs(message.arrivalMs, writer);
  writePosition(message.position, writer);
  if (message.replaces === undefined) return;
  writeStrings(message.replaces.keys, writer);
  writeMs(message.replaces.writtenMs, writer);
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
  };
}

export const chatMessageCoder = compactCoder<ChatMessage>("beam-chat-sessions:coder:chat_message", 2, {
  write: writeChatMessage,
  read: readChatMessage,
});
