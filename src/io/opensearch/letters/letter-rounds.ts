/** Chooses the dead letters of a redrive, and divides them into rounds. */
import { JobError } from "../../../chat/errors";
import { type DeadLetterEntry, type DeadLetterStore, isOpen } from "./dead-letter-store";

/** Bounds of the memory of one run: the facts about its letters, and their messages until all of them are read. */
export interface RoundBounds {
  readonly maxLetters: number;
  readonly maxBytes: number;
}

export const ROUND: RoundBounds = { maxLetters: 10_000, maxBytes: 67_108_864 };

/**
 * Leaves out letters without content, and sealed ones if so wanted, else throws `JobError` BAD_OPTION at such a one.
 */
export async function* redrivable(
  entries: AsyncIterable<DeadLetterEntry>,
  store: DeadLetterStore,
  leaveSealed: boolean,
  onLeft: (why: "dropped" | "sealed") => void,
): AsyncGenerator<DeadLetterEntry> {
  for await (const entry of entries) {
    if (isOpen(entry, store)) yield entry;
    else if (entry.isDropped === true) onLeft("dropped");
    else if (leaveSealed) onLeft("sealed");
    else {
      throw new JobError(
        "BAD_OPTION",
        `The dead letter ${entry.id} is sealed for key ${entry.sealedFor}: give its private half by --letter-private-key.`,
      );
    }
  }
}

/** Leaves out letters that hold the beginning of a record alone. */
export async function* wholeOnes(
  entries: AsyncIterable<DeadLetterEntry>,
  onTruncated: () => void,
): AsyncGenerator<DeadLetterEntry> {
  for await (const entry of entries) {
    if (entry.truncated === true) onTruncated();
    else yield entry;
  }
}

/** Entries in rounds that keep the bounds; a larger one is a round of its own. */
export async function* inRounds(
  entries: AsyncIterable<DeadLetterEntry>,
  { maxLetters, maxBytes }: RoundBounds,
): AsyncGenerator<readonly DeadLetterEntry[]> {
  let round: DeadLetterEntry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    if (round.length > 0 && (round.length === maxLetters || bytes + entry.payloadBytes > maxBytes)) {
      yield round;
      round = [];
      bytes = 0;
    }
    round.push(entry);
    bytes += entry.payloadBytes;
  }
  if (round.length > 0) yield round;
}
