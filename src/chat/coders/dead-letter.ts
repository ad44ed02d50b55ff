import { compactCoder } from "../../beam";
import type { DeadLetterCode } from "../errors";
import type { DeadLetter } from "../model";
import { STAGES } from "../stages";
import { readMs, readPosition, writeMs, writePosition } from "./fields";

/**
 * The code travels by name, so that reordering the table of codes changes nothing in a checkpoint. Version 1 had only
 * whole payloads.
 */
export const deadLetterCoder = compactCoder<DeadLetter>("beam-chat-sessions:coder:dead_letter", 2, {
  write(letter, writer) {
    writer.string(letter.code);
    writer.uint32(STAGES.indexOf(letter.stage));
    writer.string(letter.reason);
    writer.bool(letter.kind === "session");
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
    kind: reader.bool() ? "session" : "record",
    payload: reader.bytes(),
    messageCount: reader.uint32(),
    position: readPosition(reader),
    timestampMs: readMs(reader),
    ...(version > 1 && reader.bool() ? { isTruncated: true } : {}),
  }),
});
