import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import type { Session } from "../model";
import { readChatMessage, writeChatMessage } from "./chat-message";

export function writeSession({ userId, messages, pane, early }: Session, writer: Writer): void {
  writer.string(userId);
  writer.uint32(pane);
  writer.bool(early);
  writer.uint32(messages.length);
  for (const message of messages) writeChatMessage(message, writer);
}

export function readSession(reader: Reader): Session {
  const userId = reader.string();
  const pane = reader.uint32();
  const early = reader.bool();
  return { userId, pane, early, messages: Array.from({ length: reader.uint32() }, () => readChatMessage(reader)) };
}

export const sessionCoder = compactCoder<Session>("beam-chat-sessions:coder:session", 1, {
  write: writeSession,
  read: readSession,
});
