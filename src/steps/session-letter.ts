import { DEAD_LETTER_CODES, type DeadLetterCode, JobError } from "../errors";
import type { DeadLetter, SessionPart } from "../model";

/**
 * The dead letter of a session part: the whole part as JSON, so that it can be tried again without its records.
 * `reason` is one sentence without chat text.
 */
export function sessionLetter(part: SessionPart, code: DeadLetterCode, reason: string): DeadLetter {
  const [first] = part.messages;
  if (first === undefined) throw new JobError("PIPELINE", "A session part without messages reached a dead letter.");
  return {
    code,
    stage: DEAD_LETTER_CODES[code].stage,
    reason,
    kind: "session",
    payload: Buffer.from(JSON.stringify(part)),
    messageCount: part.messages.length,
    position: first.position,
    timestampMs: part.endMs,
  };
}

/** The session part in a dead letter of kind "session". */
export function partOfLetter(letter: DeadLetter): SessionPart {
  if (letter.kind !== "session") throw new JobError("PIPELINE", "The dead letter holds a record, not a session part.");
  return JSON.parse(Buffer.from(letter.payload).toString("utf8")) as SessionPart;
}
