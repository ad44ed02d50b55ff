import { doFn } from "../../../beam";
import { deadLetterCoder } from "../../coders/dead-letter";
import { sourceRecordCoder } from "../../coders/source-record";
import { DEAD_LETTER_CODES } from "../../errors";
import type { SourceRecord } from "../../model";
import type { UnpackSettings } from "./settings";
import { unpackerOf } from "./unpack";

/**
 * Unpacks records that come from elsewhere than a source, which unpacks its own. One in which nothing lies at the path
 * of messages stays a dead letter, since the path may be wrong.
 */
export const unpackRecord = doFn("unpackRecord", {
  outputs: { main: sourceRecordCoder, deadLetters: deadLetterCoder },
  open(settings: UnpackSettings) {
    const unpack = unpackerOf(settings);
    return {
      process(record: SourceRecord, emit) {
        const unpacked = unpack?.(record) ?? { ok: true, records: [record] };
        const { messagesField } = settings;
        const refused = !unpacked.ok
          ? unpacked
          : unpacked.records.length === 0 && messagesField !== undefined
            ? ({ code: "NO_CONTENT", reason: `no message at "${messagesField}"` } as const)
            : undefined;
        if (unpacked.ok) for (const own of unpacked.records) void emit("main", own);
        if (refused !== undefined) {
          void emit("deadLetters", {
            code: refused.code,
            stage: DEAD_LETTER_CODES[refused.code].stage,
            reason: refused.reason,
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
