import { compactCoder } from "../../beam";
import type { KinesisRecord } from "../model";
import { readMs, readPosition, writeMs, writePosition } from "./fields";

export const kinesisRecordCoder = compactCoder<KinesisRecord>("beam-chat-sessions:coder:kinesis_record", 1, {
  write(record, writer) {
    writePosition(record.position, writer);
    writeMs(record.arrivalMs, writer);
    writer.bytes(record.data);
  },
  read: (reader) => ({ position: readPosition(reader), arrivalMs: readMs(reader), data: reader.bytes() }),
});
