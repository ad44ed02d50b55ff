import { JobError } from "../../errors";
import type { DeadLetter, SessionPart } from "../../model";

/** A letter that was written before there were session keys has the user instead. */
type WrittenPart = SessionPart & { readonly userId?: string };

/** Reads the session part in a dead letter of kind "session", as `sessionDeadLetter` wrote it. */
export function partOfLetter(letter: Pick<DeadLetter, "kind" | "payload">): SessionPart {
  if (letter.kind !== "session") throw new JobError("PIPELINE", "The dead letter holds a record, not a session part.");
  const { userId, ...part } = JSON.parse(Buffer.from(letter.payload).toString("utf8")) as WrittenPart;
  return userId === undefined ? part : { ...part, sessionKey: userId };
}
