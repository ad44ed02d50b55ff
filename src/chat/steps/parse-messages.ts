import { doFn } from "../../beam";
import { chatMessageCoder } from "../coders/chat-message";
import { deadLetterCoder } from "../coders/dead-letter";
import { DEAD_LETTER_CODES } from "../errors";
import type { SourceRecord } from "../model";
import { redactorOf } from "../privacy/redactor";
import { hintFor } from "./hints";
import { subjectOfRecord } from "./letter-subject";
import { parse } from "./parse";
import type { MessageSettings } from "./settings";

/** Parses records into checked and redacted messages at their event times, and dead letters for the rest. */
export const parseMessage = doFn("parseMessage", {
  outputs: { main: chatMessageCoder, deadLetters: deadLetterCoder },
  open(settings: MessageSettings) {
    const redactor = redactorOf(settings.privacy);
    return {
      process(record: SourceRecord, emit) {
        const result = parse(record, settings);
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
