import { doFn } from "../beam";
import { chatMessageCoder } from "../chat/coders/chat-message";
import { deadLetterCoder } from "../chat/coders/dead-letter";
import { DEAD_LETTER_CODES } from "../chat/errors";
import type { SourceRecord } from "../chat/model";
import { hintFor } from "../chat/steps/records/hints";
import { subjectOfRecord } from "../chat/steps/letters/letter-subject";
import { parserOf } from "../chat/steps/records/parse";
import type { MessageSettings } from "../chat/steps/records/settings";
import { redactorFor } from "./redactor";

/** Parses records into checked and redacted messages at their event times, and dead letters for the rest. */
export const parseMessage = doFn("parseMessage", {
  outputs: { main: chatMessageCoder, deadLetters: deadLetterCoder },
  async open(settings: MessageSettings, { shared }) {
    const redactor = await redactorFor(settings.privacy, shared);
    const parse = parserOf(settings);
    return {
      process(record: SourceRecord, emit) {
        const result = parse(record);
        if (result.ok) return void emit("main", redactor.message(result.message), result.message.timestampMs);
        const subject = subjectOfRecord(record.data, settings, redactor);
        return void emit("deadLetters", {
          code: result.code,
          stage: DEAD_LETTER_CODES[result.code].stage,
          reason: `${result.reason}${hintFor(record.data, settings)}`,
          kind: "record",
          payload: record.data,
          messageCount: 1,
          position: record.position,
          timestampMs: record.arrivalMs,
          ...(subject === undefined ? {} : { subject }),
        });
      },
    };
  },
});
