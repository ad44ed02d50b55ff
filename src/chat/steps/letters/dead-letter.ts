import { DEAD_LETTER_CODES, type DeadLetterCode } from "../../errors";
import type { ChatMessage, DeadLetter, Session, SessionPart } from "../../model";
import { countRead } from "../sessions/edits";
import { subjectOfPart } from "./letter-subject";

/**
 * A session part that a stage gave up, with all that is needed to send its messages again: the payload is the part as
 * JSON. `reason` is one sentence without chat text.
 */
export function sessionDeadLetter(code: DeadLetterCode, reason: string, part: SessionPart): DeadLetter {
  const first = part.messages[0];
  if (first === undefined) throw new RangeError("a session part has at least one message");
  return {
    code,
    stage: DEAD_LETTER_CODES[code].stage,
    reason,
    kind: "session",
    payload: Buffer.from(JSON.stringify(part)),
    messageCount: countRead(part.messages),
    position: first.position,
    timestampMs: part.endMs,
    subject: subjectOfPart(part),
  };
}

/** The messages of a session that an amendment would have added to the index, which stays as it is. */
export function freshDeadLetter(
  code: DeadLetterCode,
  reason: string,
  { sessionKey, pane, early }: Session,
  fresh: readonly ChatMessage[],
): DeadLetter {
  const [startMs, endMs] = [fresh[0]?.timestampMs ?? 0, fresh.at(-1)?.timestampMs ?? 0];
  return sessionDeadLetter(code, reason, {
    ...{ sessionKey, startMs, endMs, pane, early },
    ...{ part: 1, partCount: 1, messages: fresh },
  });
}
