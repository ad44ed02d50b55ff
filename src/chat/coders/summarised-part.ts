import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import { SENTIMENTS, type SessionSummary, type SummarisedPart } from "../model";
import { readStrings, writeStrings } from "./fields";
import { readSessionPart, writeSessionPart } from "./session-part";

function writeSummary(summary: SessionSummary, writer: Writer): void {
  writer.string(summary.summary);
  writer.string(summary.language);
  writer.string(summary.intent);
  writeStrings(summary.topics, writer);
  writer.uint32(SENTIMENTS.indexOf(summary.sentiment));
  writer.bool(summary.sensitive);
  writeStrings(summary.sensitiveKinds, writer);
}

function readSummary(reader: Reader): SessionSummary {
  return {
    summary: reader.string(),
    language: reader.string(),
    intent: reader.string(),
    topics: readStrings(reader),
    sentiment: SENTIMENTS[reader.uint32()] ?? "neutral",
    sensitive: reader.bool(),
    sensitiveKinds: readStrings(reader),
  };
}

export function writeSummarisedPart(value: SummarisedPart, writer: Writer): void {
  writeSessionPart(value.part, writer);
  writeSummary(value.summary, writer);
  writer.string(value.summaryModel);
  writer.uint32(value.unreadCharacters);
}

/** Version 1 had no count of unread characters. */
export function readSummarisedPart(reader: Reader, version: number): SummarisedPart {
  return {
    part: readSessionPart(reader),
    summary: readSummary(reader),
    summaryModel: reader.string(),
    unreadCharacters: version >= 2 ? reader.uint32() : 0,
  };
}

export const summarisedPartCoder = compactCoder<SummarisedPart>("beam-chat-sessions:coder:summarised_part", 3, {
  write: writeSummarisedPart,
  read: readSummarisedPart,
});
