import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import type { ChatMessage } from "../model";
import { readMs, readPosition, writeMs, writePosition } from "./fields";

export function writeChatMessage(message: ChatMessage, writer: Writer): void {
  writer.string(message.userId);
  writer.string(message.content);
  writer.bool(message.messageId !== undefined);
  if (message.messageId !== undefined) writer.string(message.messageId);
  writeMs(message.timestampMs, writer);
  writeMs(message.arrivalMs, writer);
  writePosition(message.position, writer);
}

export function readChatMessage(reader: Reader): ChatMessage {
  const userId = reader.string();
  const content = reader.string();
  const messageId = reader.bool() ? reader.string() : undefined;
  const timestampMs = readMs(reader);
  const arrivalMs = readMs(reader);
  const position = readPosition(reader);
  return { userId, content, ...(messageId === undefined ? {} : { messageId }), timestampMs, arrivalMs, position };
}

export const chatMessageCoder = compactCoder<ChatMessage>("beam-chat-sessions:coder:chat_message", 1, {
  write: writeChatMessage,
  read: readChatMessage,
});
