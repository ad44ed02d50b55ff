/** The end of every end-to-end test: the index holds exactly the messages sent, and the run's own figures agree. */
import assert from "node:assert/strict";
import type { JobResult } from "./job";
import { type StoredDeadLetter, type StoredPart, differences, expectedSessions, withoutDeadLetters } from "./oracle";
import type { SentMessage } from "./sent";
import { StoredIndex } from "../opensearch/stored";

const MAX_SHOWN = 20;

export interface Stored {
  readonly parts: readonly StoredPart[];
  readonly deadLetters: readonly StoredDeadLetter[];
}

export async function readStored(url: string, index: string): Promise<Stored> {
  const stored = new StoredIndex(url, index);
  try {
    return { parts: await stored.parts(), deadLetters: await stored.deadLetters() };
  } finally {
    await stored.close();
  }
}

/** Fails with the differences between the documents and those that the checker expects of these messages. */
export function assertParts(parts: readonly StoredPart[], sent: readonly SentMessage[], gapMs?: number): void {
  const found = differences(sent, parts, gapMs === undefined ? {} : { gapMs });
  assert.equal(found.length, 0, `${found.length} differences:\n${found.slice(0, MAX_SHOWN).join("\n")}`);
}

/** Checks that every message sent is in the index once, or among its dead letters. */
export async function assertStored(
  url: string,
  index: string,
  sent: readonly SentMessage[],
  gapMs?: number,
): Promise<Stored> {
  const stored = await readStored(url, index);
  assertParts(stored.parts, withoutDeadLetters(sent, stored.deadLetters), gapMs);
  return stored;
}

/**
 * Checks a run from the stream's beginning to its tip, without dead letters: its figures are the oracle's. `held`: of
 * the messages, the index has held nothing before, all, or what a run cut short, or a lost answer, has left there.
 */
export function assertResult(
  result: JobResult,
  sent: readonly SentMessage[],
  held: "nothing" | "some" | "all" = "nothing",
): void {
  const sessions = expectedSessions(sent);
  const duplicates = sessions.reduce((sum, { duplicateCount }) => sum + duplicateCount, 0);
  const { read, indexed, alreadyIndexed, duplicates: counted, deadLetters, sessions: closed, edits = 0 } = result;
  const distinct = sent.length - duplicates;
  // An interrupted run's own account says what it has left in the index.
  const known = { nothing: 0, some: alreadyIndexed, all: distinct }[held];
  assert.deepEqual(
    { read, indexed, alreadyIndexed, duplicates: counted, deadLetters, sessions: closed, edits },
    {
      read: sent.length,
      indexed: distinct - known,
      alreadyIndexed: known,
      duplicates,
      deadLetters: 0,
      sessions: sessions.length,
      edits: sessions.reduce((sum, { editCount }) => sum + editCount, 0),
    },
  );
}

export function idsOf(parts: readonly StoredPart[]): readonly string[] {
  return parts.map(({ id }) => id).toSorted();
}
