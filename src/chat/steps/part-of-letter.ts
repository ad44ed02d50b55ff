import { JobError } from "../errors";
import type { DeadLetter, SessionPart } from "../model";

/** Reads the session part in a dead letter of kind "session", as `sessionDeadLetter` wrote it. */
export function partOfLetter(letter: Pick<DeadLetter, "kind" | "payload">): SessionPart {
  if (letter.kind !== "session") throw new JobError("PIPELINE", "The dead letter holds a record, not a session part.");
  return JSON.parse(Buffer.from(letter.payload).toString("utf8")) as SessionPart;
}
