/**
 * Settles dead letters after their redrive. A letter is deleted only in the version that was read: one that failed
 * again in between is kept, and its attempts go up. So are the further chunks of its payload: a job that replays may
 * write the letter again at any moment, its chunks first.
 */
import { JobError } from "../../../chat/errors";
import type { DocumentVersion } from "../../../chat/plan";
import { clientAccess } from "../writing/index-access";
import { chunkIds } from "./dead-letter-document";
import { askStore, type DeadLetterEntry, type DeadLetterStore } from "./dead-letter-store";

/** Lines of a request; an update takes two. */
const MAX_LINES = 1_000;

/**
 * Settles the `entries` after their redrive: deletes those that were not written again, and counts one attempt more for
 * the others, which failed again. Resolves with the number of each.
 */
export async function settleRedriven(
  store: DeadLetterStore,
  entries: readonly DeadLetterEntry[],
): Promise<{ readonly succeeded: number; readonly failedAgain: number }> {
  const chunks = await furtherChunks(store, entries);
  const statuses = await bulk(store, entries.map(deletionOf));
  const gone = entries.filter((_, index) => statuses[index] !== 409);
  const failed = entries.filter((_, index) => statuses[index] === 409);
  await bulk(store, gone.flatMap((entry) => chunks.get(entry) ?? []).map(deletionOf));
  // One that is gone was written again by nobody: what it held was erased, or is older than the retention.
  const counted = await bulk(
    store,
    failed.flatMap(({ id, attempts }) => [
      JSON.stringify({ update: { _id: id } }),
      JSON.stringify({ doc: { attempts: attempts + 1 } }),
    ]),
  );
  const failedAgain = counted.filter((status) => status !== 404).length;
  return { succeeded: entries.length - failedAgain, failedAgain };
}

/** OpenSearch loads whole chunks, of 9 MiB and more, to tell one field of each. */
const CHUNKS_AT_ONCE = 8;

interface Writing {
  readonly id: string;
  readonly version: DocumentVersion;
}

function deletionOf({ id, version }: Writing): string {
  return JSON.stringify({ delete: { _id: id, if_seq_no: version.seqNo, if_primary_term: version.primaryTerm } });
}

/** The further chunks that were written with these letters. */
async function furtherChunks(
  store: DeadLetterStore,
  entries: readonly DeadLetterEntry[],
): Promise<ReadonlyMap<DeadLetterEntry, readonly Writing[]>> {
  const wanted = entries.flatMap((entry) =>
    chunkIds(entry)
      .slice(1)
      .map((id) => ({ id, entry })),
  );
  const access = clientAccess(store.client);
  const chunks = new Map<DeadLetterEntry, Writing[]>();
  for (let from = 0; from < wanted.length; from += CHUNKS_AT_ONCE) {
    const asked = wanted.slice(from, from + CHUNKS_AT_ONCE);
    const ids = asked.map(({ id }) => id);
    const found = await access.get<{ readonly writtenAt?: string }>(store.index, ids, ["writtenAt"]);
    for (const [place, { entry }] of asked.entries()) {
      const chunk = found[place];
      // Chunks of older versions do not tell when they were written.
      if (chunk === undefined || (chunk.source.writtenAt ?? entry.writtenAt) !== entry.writtenAt) continue;
      chunks.set(entry, [...(chunks.get(entry) ?? []), chunk]);
    }
  }
  return chunks;
}

/** Statuses of the actions, in order. Rejects when one fails for another reason than a newer writing. */
async function bulk(store: DeadLetterStore, lines: readonly string[]): Promise<number[]> {
  if (lines.length === 0) return [];
  const statuses: number[] = [];
  for (let from = 0; from < lines.length; from += MAX_LINES) {
    const request = Buffer.from(lines.slice(from, from + MAX_LINES).join("\n") + "\n");
    const path = `/${store.index}/_bulk`;
    const answer = await askStore(store, { method: "POST", path, query: { refresh: true }, lines: request });
    const items = (answer?.body as { items: Record<string, { status: number }>[] } | undefined)?.items ?? [];
    statuses.push(...items.map((item) => Object.values(item)[0]?.status ?? 0));
  }
  const failed = statuses.find((status) => status >= 400 && status !== 404 && status !== 409);
  if (failed !== undefined) {
    throw new JobError(
      "SERVICE_UNREACHABLE",
      `OpenSearch could not change all dead letters (status ${failed}): try again.`,
    );
  }
  return statuses;
}
