/** Erases all that the indexes hold of one session key. To be repeated after a kill at any step. */
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenSearchClient } from "../requests/client";
import { countWithoutSubject, eraseByHash } from "./erase-by-hash";
import { eraseDocuments, type Erased, markErased } from "./erase-documents";
import { commandAccess } from "../writing/index-access";
import type { IndexSettings } from "../settings";

export type ErasedIndexes = Pick<IndexSettings, "index" | "deadLetterIndex" | "ledgerIndex"> & {
  readonly alertIndex: string;
};

export interface ErasedCounts {
  readonly documents: number;
  readonly deadLetters: number;
  readonly alerts: number;
  /** Documents that a job had announced within the hour before, and may still write; it deletes them itself. */
  readonly pending: number;
  /** Dead letters of whoever: they do not tell whose they are. */
  readonly deadLettersOfUnknown: number;
}

const POLL_MS = 1_000;

/**
 * Marks the key as erased, so that jobs keep nothing more that was sent before, and deletes what there is. While
 * documents are pending it goes on for `maxWaitMs`.
 */
export async function eraseKey(
  client: OpenSearchClient,
  erased: Erased,
  indexes: ErasedIndexes,
  maxWaitMs: number,
): Promise<ErasedCounts> {
  const access = commandAccess(client);
  const { deadLetterIndex, ledgerIndex, alertIndex } = indexes;
  const endMs = performance.now() + maxWaitMs;
  await markErased(access, erased, ledgerIndex);
  const sums = { documents: 0, deadLetters: 0, alerts: 0 };
  for (;;) {
    const { documents, pending } = await eraseDocuments(access, erased, indexes);
    sums.documents += documents;
    sums.deadLetters += await eraseByHash(client, access, deadLetterIndex, erased);
    sums.alerts += await eraseByHash(client, access, alertIndex, erased);
    if (pending > 0 && performance.now() < endMs) {
      await sleep(POLL_MS);
      continue;
    }
    return { ...sums, pending, deadLettersOfUnknown: await countWithoutSubject(client, deadLetterIndex) };
  }
}
