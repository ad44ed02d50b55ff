import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import type { SessionPart } from "../model";
import { readChatMessage, writeChatMessage } from "./chat-message";
import { readMs, writeMs } from "./fields";

export function writeSessionPart(part: SessionPart, writer: Writer): void {
  writer.string(part.userId);
  writeMs(part.startMs, writer);
  writeMs(part.endMs, writer);
  writer.uint32(part.part);
  writer.uint32(part.partCount);
  writer.uint32(part.pane);
  writer.bool(part.early);
  writer.uint32(part.messages.length);
  for (const message of part.messages) writeChatMessage(message, writer);
}

export function readSessionPart(reader: Reader): SessionPart {
  return {
    userId: reader.string(),
    startMs: readMs(reader),
    endMs: readMs(reader),
    part: reader.uint32(),
    partCount: reader.uint32(),
    pane: reader.uint32(),
    early: reader.bool(),
    messages: Array.from({ length: reader.uint32() }, () => readChatMessage(reader)),
  };
}

export const sessionPartCoder = compactCoder<SessionPart>("beam-chat-sessions:coder:session_part", 2, {
  write: writeSessionPart,
  read: readSessionPart,
});
