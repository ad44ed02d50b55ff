import { compactCoder } from "../../beam";
import type { DeadLetterCode } from "../errors";
import type { Reader, Writer } from "protobufjs";
import { type DeadLetter, DEAD_LETTER_KINDS, type LetterSubject } from "../model";
import { STAGES } from "../stages";
import { readMs, readPosition, readStrings, writeMs, writePosition, writeStrings } from "./fields";

function writeSubject({ sessionKeyHash, userHashes, sentMs }: LetterSubject, writer: Writer): void {
  writer.string(sessionKeyHash ?? "");
  writeStrings(userHashes, writer);
  writer.bool(sentMs !== undefined);
  if (sentMs !== undefined) writeMs(sentMs, writer);
}

function readSubject(reader: Reader): LetterSubject {
  const sessionKeyHash = reader.string();
  const userHashes = readStrings(reader);
  const sent = reader.bool() ? { sentMs: readMs(reader) } : {};
  return { ...(sessionKeyHash === "" ? {} : { sessionKeyHash }), userHashes, ...sent };
}

/**
 * The code travels by name, so that reordering the table of codes changes nothing in a checkpoint. Version 1 had only
 * whole payloads, and versions below 3 neither alerts nor subjects.
 */
export const deadLetterCoder = compactCoder<DeadLetter>("beam-chat-sessions:coder:dead_letter", 3, {
  write(letter, writer) {
    writer.string(letter.code);
    writer.uint32(STAGES.indexOf(letter.stage));
    writer.string(letter.reason);
    writer.uint32(DEAD_LETTER_KINDS.indexOf(letter.kind));
    writer.bytes(letter.payload);
    writer.uint32(letter.messageCount);
    writePosition(letter.position, writer);
    writeMs(letter.timestampMs, writer);
    writer.bool(letter.isTruncated === true);
    writer.bool(letter.subject !== undefined);
    if (letter.subject !== undefined) writeSubject(letter.subject, writer);
  },
  read: (reader, version) => ({
    code: reader.string() as DeadLetterCode,
    stage: STAGES[reader.uint32()] ?? "source",
    reason: reader.string(),
    kind: DEAD_LETTER_KINDS[reader.uint32()] ?? "record",
    payload: reader.bytes(),
    messageCount: reader.uint32(),
    position: readPosition(reader),
    timestampMs: readMs(reader),
    ...(version > 1 && reader.bool() ? { isTruncated: true } : {}),
    ...(version > 2 && reader.bool() ? { subject: readSubject(reader) } : {}),
  }),
});
