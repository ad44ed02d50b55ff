/** Compares documents with their ledgers, with no code of the job. */
import assert from "node:assert/strict";
import { StoredIndex, type StoredEntry } from "./stored";

/** One sentence for each document that its user's ledger does not list within its span. */
export function unlisted(documents: readonly StoredEntry[], entries: readonly StoredEntry[]): readonly string[] {
  const byId = new Map(entries.map((entry) => [`${entry.userId} ${entry.id}`, entry]));
  return documents.flatMap(({ id, userId, startMs, endMs }) => {
    const entry = byId.get(`${userId} ${id}`);
    if (entry === undefined) return [`no ledger names document ${id} of ${userId}`];
    return entry.startMs <= startMs && entry.endMs >= endMs ? [] : [`the entry of ${id} does not cover it`];
  });
}

/** One sentence for each entry without a document. */
export function empty(documents: readonly StoredEntry[], entries: readonly StoredEntry[]): readonly string[] {
  const ids = new Set(documents.map(({ id, userId }) => `${userId} ${id}`));
  return entries.flatMap(({ id, userId }) =>
    ids.has(`${userId} ${id}`) ? [] : [`a ledger names ${id}, which is no document`],
  );
}

/** Fails unless the ledgers list exactly the documents of the index, each in its user's, and each within its span. */
export async function assertLedger(url: string, index: string): Promise<void> {
  const stored = new StoredIndex(url, index);
  try {
    const [documents, entries] = [await stored.parts(), await stored.ledgerEntries()];
    assert.deepEqual([...unlisted(documents, entries), ...empty(documents, entries)], []);
  } finally {
    await stored.close();
  }
}
