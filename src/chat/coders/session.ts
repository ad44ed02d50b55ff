import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import type { Session } from "../model";
import { readChatMessage, writeChatMessage } from "./chat-message";
import { readMs, writeMs } from "./fields";

/** First version with the time of closing. */
const CLOSED_VERSION = 3;
const VERSION = 4;

export function writeSession({ sessionKey, messages, pane, early, closedMs }: Session, writer: Writer): void {
  writer.string(sessionKey);
  writer.uint32(pane);
  writer.bool(early);
  writer.uint32(messages.length);
  for (const message of messages) writeChatMessage(message, writer);
  writer.bool(closedMs !== undefined);
  if (closedMs !== undefined) writeMs(closedMs, writer);
}

export function readSession(reader: Reader, version = VERSION): Session {
  const sessionKey = reader.string();
  const pane = reader.uint32();
  const early = reader.bool();
  const messages = Array.from({ length: reader.uint32() }, () => readChatMessage(reader));
  const isTimed = version >= CLOSED_VERSION && reader.bool();
  return { sessionKey, pane, early, messages, ...(isTimed ? { closedMs: readMs(reader) } : {}) };
}

/** Version 1 has the user as session key, and messages of versions 1 to 3 have fewer fields; they read as these do. */
export const sessionCoder = compactCoder<Session>("beam-chat-sessions:coder:session", VERSION, {
  write: writeSession,
  read: readSession,
});
