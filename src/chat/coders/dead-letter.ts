import { compactCoder } from "../../beam";
import type { DeadLetterCode } from "../errors";
import { type DeadLetter, DEAD_LETTER_KINDS } from "../model";
import { STAGES } from "../stages";
import { readMs, readPosition, writeMs, writePosition } from "./fields";

/**
 * The code travels by name, so that reordering the table of codes changes nothing in a checkpoint. Version 1 had only
 * whole payloads, and neither 1 nor 2 knew alerts.
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
  }),
});
