/**
 * Deletes what is older than the retention: documents and alerts by the end of their sessions, dead letters by their
 * times. In slices, which a kill may end anywhere: what is left is found again. Jobs may run meanwhile.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenSearchClient } from "../requests/client";
import { keyHash } from "../../../chat/steps/ids/key-hash";
import { deleteAll } from "../writing/delete-all";
import { searched } from "./erase-by-hash";
import type { ErasedIndexes } from "./erase";
import { commandAccess, type IndexAccess } from "../writing/index-access";
import { strayChunks } from "./stray-chunks";
import { dropEntries, sweepLedgers } from "./sweep-ledgers";

/** Documents of one search and one bulk. */
const SLICE = 500;

/** Numbers of documents, by what they are. */
export interface Expired {
  readonly documents: number;
  readonly deadLetters: number;
  readonly alerts: number;
}

interface Hit {
  readonly _id: string;
  readonly _source: { readonly userId?: string; readonly sessionKey?: string; readonly chunkOf?: string };
}

const FIELDS = ["userId", "sessionKey", "chunkOf"];

function expired(field: string, beforeMs: number): object {
  return { range: { [field]: { lt: new Date(beforeMs).toISOString() } } };
}

/** Counts what ended before that time. */
export async function countExpired(
  client: OpenSearchClient,
  { index, deadLetterIndex, alertIndex }: ErasedIndexes,
  beforeMs: number,
): Promise<Expired> {
  const access = commandAccess(client);
  const count = async (name: string, field: string): Promise<number> => {
    await access.refresh(name);
    const query = { bool: { filter: [expired(field, beforeMs)], must_not: [{ exists: { field: "chunkOf" } }] } };
    const json = { size: 0, track_total_hits: true, query };
    const found = await searched<{ hits: { total: { value: number } } }>(client, name, json);
    return found?.hits.total.value ?? 0;
  };
  return {
    documents: await count(index, "end"),
    deadLetters: await count(deadLetterIndex, "time"),
    alerts: await count(alertIndex, "end"),
  };
}

/**
 * Deletes what ended before that time, at most so many a second. A document that a job has just changed comes later.
 */
export async function purge(
  client: OpenSearchClient,
  indexes: ErasedIndexes,
  beforeMs: number,
  maxPerSecond: number,
): Promise<Expired> {
  const access = commandAccess(client);
  const { index, deadLetterIndex, alertIndex } = indexes;
  const inSlices = async (
    name: string,
    field: string,
    after: (hits: readonly Hit[]) => Promise<void> = async () => undefined,
  ): Promise<number> => {
    let deleted = 0;
    for (;;) {
      await access.refresh(name);
      const size = Math.min(SLICE, maxPerSecond);
      const json = { size, query: expired(field, beforeMs), sort: [{ [field]: "asc" }], _source: FIELDS };
      const { hits } = (await searched<{ hits: { hits: readonly Hit[] } }>(client, name, json))?.hits ?? { hits: [] };
      if (hits.length === 0) return deleted;
      const gone = await deleteAll(
        access,
        name,
        hits.map(({ _id }) => _id),
      );
      const goneHits = hits.filter(({ _id, _source }) => gone.has(_id) && _source.chunkOf === undefined);
      deleted += goneHits.length;
      await after(goneHits);
      await sleep((hits.length / maxPerSecond) * 1_000);
    }
  };
  const numbers = {
    documents: await inSlices(index, "end", (gone) => forget(access, gone, indexes)),
    deadLetters: await inSlices(deadLetterIndex, "time"),
    alerts: await inSlices(alertIndex, "end"),
  };
  for await (const ids of strayChunks(client, access, deadLetterIndex)) await deleteAll(access, deadLetterIndex, ids);
  await sweepLedgers(client, access, indexes, beforeMs);
  return numbers;
}

/** Takes the entries of these documents, which are gone, out of their ledgers. */
async function forget(access: IndexAccess, gone: readonly Hit[], { index, ledgerIndex }: ErasedIndexes): Promise<void> {
  const hashes = new Set(gone.map(({ _source: { sessionKey, userId = "" } }) => keyHash(sessionKey ?? userId)));
  const ids = new Set(gone.map(({ _id }) => _id));
  await dropEntries(access, [...hashes], { index, ledgerIndex }, ({ id }) => ids.has(id));
}
