import { doFn } from "../../beam";
import { deadLetterCoder } from "../coders/dead-letter";
import { kinesisRecordCoder } from "../coders/kinesis-record";
import { DEAD_LETTER_CODES } from "../errors";
import type { KinesisRecord } from "../model";
import type { UnpackSettings } from "./settings";
import { unpackerOf } from "./unpack";

/** Unpacks records that come from elsewhere than a source, which unpacks its own. */
export const unpackRecord = doFn("unpackRecord", {
  outputs: { main: kinesisRecordCoder, deadLetters: deadLetterCoder },
  open(settings: UnpackSettings) {
    const unpack = unpackerOf(settings);
    return {
      process(record: KinesisRecord, emit) {
        const unpacked = unpack?.(record) ?? { ok: true, records: [record] };
        if (unpacked.ok) for (const own of unpacked.records) void emit("main", own);
        else {
          void emit("deadLetters", {
            code: unpacked.code,
            stage: DEAD_LETTER_CODES[unpacked.code].stage,
            reason: unpacked.reason,
            kind: "record",
            payload: record.data,
            messageCount: 1,
            position: record.position,
            timestampMs: record.arrivalMs,
          });
        }
      },
    };
  },
});
