/**
 * Deletes what is older than the retention: documents and alerts by the end of their sessions, dead letters by their
 * times. In slices, which a kill may end anywhere: what is left is found again. Jobs may run meanwhile.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { keyHash } from "../../chat/steps/key-hash";
import { deleteOperation } from "./bulk";
import type { OpenSearchClient } from "./client";
import { chunkIds } from "./dead-letter-document";
import { searched } from "./erase-by-hash";
import type { ErasedIndexes } from "./erase";
import { commandAccess, type IndexAccess } from "./index-access";
import { type LedgerDocument, ledgerOf, ledgerOperation, withoutEntries } from "./ledger";

/** Documents of one search and one bulk. */
const SLICE = 500;

interface Hit {
  readonly _id: string;
  readonly _source: { readonly userId?: string; readonly sessionKey?: string; readonly chunkCount?: number };
}

/** Numbers of documents, by what they are. */
export interface Expired {
  readonly documents: number;
  readonly deadLetters: number;
  readonly alerts: number;
}

function expired(field: string, beforeMs: number): object {
  return { range: { [field]: { lt: new Date(beforeMs).toISOString() } } };
}

/** Counts what ended before that time. */
export async function countExpired(
  client: OpenSearchClient,
  { index, deadLetterIndex, alertIndex }: ErasedIndexes,
  beforeMs: number,
): Promise<Expired> {
  const count = async (name: string, field: string): Promise<number> => {
    const json = { size: 0, track_total_hits: true, query: expired(field, beforeMs) };
    const found = await searched<{ hits: { total: { value: number } } }>(client, name, json);
    return found?.hits.total.value ?? 0;
  };
  return {
    documents: await count(index, "end"),
    deadLetters: await count(deadLetterIndex, "time"),
    alerts: await count(alertIndex, "end"),
  };
}

/** Deletes what ended before that time, at most so many a second. A document that a job has just changed comes later. */
export async function purge(
  client: OpenSearchClient,
  indexes: ErasedIndexes,
  beforeMs: number,
  maxPerSecond: number,
): Promise<Expired> {
  const access = commandAccess(client);
  const { index, deadLetterIndex, ledgerIndex, alertIndex } = indexes;
  const inSlices = async (
    name: string,
    field: string,
    idsOf: (hit: Hit) => readonly string[],
    after: (hits: readonly Hit[]) => Promise<void> = async () => undefined,
  ): Promise<number> => {
    let deleted = 0;
    for (;;) {
      await access.refresh(name);
      const size = Math.min(SLICE, maxPerSecond);
      const json = { size, query: expired(field, beforeMs), sort: [{ [field]: "asc" }], _source: FIELDS };
      const { hits } = (await searched<{ hits: { hits: readonly Hit[] } }>(client, name, json))?.hits ?? { hits: [] };
      if (hits.length === 0) return deleted;
      deleted += await deleteAll(access, name, hits, idsOf);
      await after(hits);
      await sleep((hits.length / maxPerSecond) * 1_000);
    }
  };
  const own = ({ _id }: Hit): readonly string[] => [_id];
  return {
    documents: await inSlices(index, "end", own, (hits) => forget(access, hits, { index, ledgerIndex }, beforeMs)),
    deadLetters: await inSlices(deadLetterIndex, "time", ({ _id, _source: { chunkCount = 1 } }) =>
      // The letter itself goes last, since its chunks are found by it.
      chunkIds({ id: _id, chunkCount }).toReversed(),
    ),
    alerts: await inSlices(alertIndex, "end", own),
  };
}

const FIELDS = ["userId", "sessionKey", "chunkCount"];

/** Deletes these as they are at this moment. Resolves with the number of hits that are gone. */
async function deleteAll(
  access: IndexAccess,
  index: string,
  hits: readonly Hit[],
  idsOf: (hit: Hit) => readonly string[],
): Promise<number> {
  const found = await access.get(index, hits.flatMap(idsOf), "none");
  const there = found.flatMap((document) => (document === undefined ? [] : [document]));
  const outcomes = await access.send(
    index,
    there.map(({ id, version }) => deleteOperation(id, version)),
  );
  const deleted = new Set(there.flatMap(({ id }, place) => (outcomes[place]!.stored ? [id] : [])));
  return hits.filter(({ _id }) => deleted.has(_id)).length;
}

/** Takes entries of documents that are gone out of the ledgers; a ledger without any goes, unless it tells an erasure. */
async function forget(
  access: IndexAccess,
  hits: readonly Hit[],
  { index, ledgerIndex }: { readonly index: string; readonly ledgerIndex: string },
  beforeMs: number,
): Promise<void> {
  const keys = [...new Set(hits.map(({ _source: { sessionKey, userId = "" } }) => sessionKey ?? userId))];
  const found = await access.get<LedgerDocument>(ledgerIndex, keys.map(keyHash), "all");
  const ledgers = found.map(ledgerOf);
  const old = ledgers.map(({ entries }) => entries.filter(({ endMs }) => endMs < beforeMs));
  const ids = old.flat().map(({ id }) => id);
  const documents = await access.get(index, ids, "none");
  const there = new Set(documents.flatMap((document) => (document === undefined ? [] : [document.id])));
  const operations = keys.flatMap((sessionKey, place) => {
    const ledger = ledgers[place]!;
    const gone = old[place]!.filter(({ id }) => !there.has(id));
    if (ledger.version === undefined || gone.length === 0) return [];
    const entries = withoutEntries(ledger.entries, gone);
    const isOver = entries.length === 0 && ledger.erasedBeforeMs === undefined;
    return [
      isOver ? deleteOperation(keyHash(sessionKey), ledger.version) : ledgerOperation(sessionKey, ledger, entries),
    ];
  });
  // Whoever changes a ledger meanwhile may: these entries leave it with the key's next ones.
  await access.send(ledgerIndex, operations);
}
