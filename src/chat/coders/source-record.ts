import { compactCoder } from "../../beam";
import type { SourceRecord } from "../model";
import { readMs, readPosition, writeMs, writePosition } from "./fields";

/** The URN is what checkpoints know the coder by. */
export const sourceRecordCoder = compactCoder<SourceRecord>("beam-chat-sessions:coder:kinesis_record", 1, {
  write(record, writer) {
    writePosition(record.position, writer);
    writeMs(record.arrivalMs, writer);
    writer.bytes(record.data);
  },
  read: (reader) => ({ position: readPosition(reader), arrivalMs: readMs(reader), data: reader.bytes() }),
});
