import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import type { Session } from "../model";
import { readChatMessage, writeChatMessage } from "./chat-message";

export function writeSession({ sessionKey, messages, pane, early }: Session, writer: Writer): void {
  writer.string(sessionKey);
  writer.uint32(pane);
  writer.bool(early);
  writer.uint32(messages.length);
  for (const message of messages) writeChatMessage(message, writer);
}

export function readSession(reader: Reader): Session {
  const sessionKey = reader.string();
  const pane = reader.uint32();
  const early = reader.bool();
  return { sessionKey, pane, early, messages: Array.from({ length: reader.uint32() }, () => readChatMessage(reader)) };
}

/** Version 1 has the user as session key, and messages without roles; it reads the same. */
export const sessionCoder = compactCoder<Session>("beam-chat-sessions:coder:session", 2, {
  write: writeSession,
  read: readSession,
});
