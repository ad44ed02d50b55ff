/**
 * Reads dead letters. Paging is by (time, id), which never change, so one that is written again meanwhile is seen once.
 */
import { JobError } from "../../../chat/errors";
import type { KeyObject } from "node:crypto";
import type { DeadLetter } from "../../../chat/model";
import { keyName, SealError, unseal } from "../../../chat/privacy/seal";
import { ask } from "../requests/ask";
import type { OpenSearchAnswer, OpenSearchClient, OpenSearchRequest } from "../requests/client";
import { chunkIds, type DeadLetterDocument, letterOf } from "./dead-letter-document";
import { errorCause } from "../requests/error-cause";

/** A list's view of a letter: all but the payload. */
export interface DeadLetterEntry extends Omit<DeadLetterDocument, "payload"> {
  /** Identifies one writing of the letter. */
  readonly version: { readonly seqNo: number; readonly primaryTerm: number };
}

export interface StoredDeadLetter {
  readonly entry: DeadLetterEntry;
  readonly letter: DeadLetter;
}

export interface DeadLetterFilter {
  readonly code?: string;
  readonly stage?: string;
  readonly id?: string;
}

export interface DeadLetterStore {
  readonly client: OpenSearchClient;
  readonly index: string;
  /** Opens sealed letters; without it, their payloads stay sealed. */
  readonly privateKey?: KeyObject;
}

/** True where the payload is what it was before the letter was kept. */
export function isOpen({ sealedFor, isDropped }: DeadLetterEntry, { privateKey }: DeadLetterStore): boolean {
  if (isDropped === true) return false;
  return sealedFor === undefined || (privateKey !== undefined && sealedFor === keyName(privateKey));
}

const PAGE_SIZE = 500;
/** Payloads fetched by one request, in bytes before base64, unless a single letter has more. */
const MAX_FETCH_BYTES = 4_194_304;

export interface LetterHit {
  readonly _id: string;
  readonly _seq_no: number;
  readonly _primary_term: number;
  readonly _source: DeadLetterDocument;
  readonly sort: readonly unknown[];
}

/** All letters that pass the filter, oldest first, page by page; `limit` at most. */
export async function* listDeadLetters(
  store: DeadLetterStore,
  filter: DeadLetterFilter = {},
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<DeadLetterEntry> {
  let after: readonly unknown[] | undefined;
  for (let left = limit; left > 0;) {
    const size = Math.min(PAGE_SIZE, left);
    const hits = await searchPage(store, filter, size, after);
    for (const hit of hits) yield entryOf(hit);
    if (hits.length < size) return;
    left -= hits.length;
    after = hits.at(-1)?.sort;
  }
}

/** Number of letters that pass the filter. */
export async function countDeadLetters(store: DeadLetterStore, filter: DeadLetterFilter = {}): Promise<number> {
  const answer = await askStore(store, {
    method: "POST",
    path: `/${store.index}/_count`,
    json: { query: queryOf(filter) },
  });
  return answer === undefined ? 0 : (answer.body as { count: number }).count;
}

/** The letters of these entries, with payloads, in requests of a bounded size. Rejects as `fetchDeadLetters` does. */
export async function* readDeadLetters(
  store: DeadLetterStore,
  entries: readonly DeadLetterEntry[],
): AsyncGenerator<StoredDeadLetter> {
  let group: DeadLetterEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (group.length > 0 && (bytes + entry.payloadBytes > MAX_FETCH_BYTES || group.length === PAGE_SIZE)) {
      yield* await fetchDeadLetters(store, group);
      group = [];
      bytes = 0;
    }
    group.push(entry);
    bytes += entry.payloadBytes;
  }
  if (group.length > 0) yield* await fetchDeadLetters(store, group);
}

/** Reads one letter, as soon as it is written; undefined when there is none with that id. */
export async function getDeadLetter(store: DeadLetterStore, id: string): Promise<StoredDeadLetter | undefined> {
  const path = `/${store.index}/_doc/${encodeURIComponent(id)}`;
  const answer = await askStore(store, { method: "GET", path, query: { _source_excludes: "payload" } });
  const hit = answer?.body as (LetterHit & { readonly found: boolean }) | undefined;
  // The document of a further chunk has an id of its own, but is no letter.
  if (hit?.found !== true || hit._source.code === undefined) return undefined;
  return (await fetchDeadLetters(store, [entryOf(hit)]))[0];
}

/** A hit of a search without payloads. */
export function entryOf({ _source, _seq_no, _primary_term }: LetterHit): DeadLetterEntry {
  return { ..._source, version: { seqNo: _seq_no, primaryTerm: _primary_term } };
}

/** Letters that pass the filter, without the documents of further chunks. */
export function queryOf(filter: DeadLetterFilter): object {
  const terms = Object.entries(filter).filter(([, value]) => value !== undefined);
  return {
    bool: {
      filter: terms.map(([field, value]) => ({ term: { [field]: { value: value as string } } })),
      must_not: [{ exists: { field: "chunkOf" } }],
    },
  };
}

async function searchPage(
  store: DeadLetterStore,
  filter: DeadLetterFilter,
  size: number,
  after: readonly unknown[] | undefined,
): Promise<readonly LetterHit[]> {
  const answer = await askStore(store, {
    method: "POST",
    path: `/${store.index}/_search`,
    json: {
      size,
      query: queryOf(filter),
      sort: [{ time: "asc" }, { id: "asc" }],
      _source: { excludes: ["payload"] },
      seq_no_primary_term: true,
      track_total_hits: false,
      ...(after === undefined ? {} : { search_after: after }),
    },
  });
  return answer === undefined ? [] : (answer.body as { hits: { hits: readonly LetterHit[] } }).hits.hits;
}

interface FetchedDocument {
  readonly _id: string;
  readonly found?: boolean;
  readonly _source?: { readonly payload: string };
}

/**
 * Reads all of these letters at once. Letters that were deleted meanwhile are left out. Rejects when one exists and
 * cannot be read whole, since a caller that took it for deleted would delete the rest of it.
 */
async function fetchDeadLetters(
  store: DeadLetterStore,
  entries: readonly DeadLetterEntry[],
): Promise<StoredDeadLetter[]> {
  const answer = await askStore(store, {
    method: "POST",
    path: `/${store.index}/_mget`,
    query: { _source_includes: "payload" },
    json: { ids: entries.flatMap((entry) => chunkIds(entry)) },
  });
  const docs = (answer?.body as { docs: FetchedDocument[] } | undefined)?.docs ?? [];
  const documents = new Map(docs.map((document) => [document._id, document]));
  return entries.flatMap((entry) => {
    if (answer === undefined || documents.get(entry.id)?.found === false) return [];
    const payloads = chunkIds(entry).flatMap((id) => documents.get(id)?._source?.payload ?? []);
    if (payloads.length < entry.chunkCount) {
      throw new JobError(
        "SERVICE_UNREACHABLE",
        `The dead letter ${entry.id} could not be read whole: look at the cluster's health, then try again, or choose others with --code or --id.`,
      );
    }
    return [{ entry, letter: opened(letterOf({ ...entry, payload: "" }, payloads), entry, store) }];
  });
}

/** Throws `JobError` BAD_OPTION for a key that does not open the letter. */
function opened(letter: DeadLetter, { id, sealedFor }: DeadLetterEntry, { privateKey }: DeadLetterStore): DeadLetter {
  if (sealedFor === undefined || privateKey === undefined) return letter;
  try {
    return { ...letter, payload: unseal(letter.payload, id, privateKey) };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new JobError(
      "BAD_OPTION",
      `The dead letter ${id} ${error.message}: it was sealed for key ${sealedFor}, and --letter-private-key is key ${keyName(privateKey)}.`,
    );
  }
}

/** Sends a request; undefined when there is no such index or document. Rejects with a `JobError`. */
export async function askStore(
  { client, index }: DeadLetterStore,
  request: OpenSearchRequest,
): Promise<OpenSearchAnswer | undefined> {
  const answer = await ask(client, index, request);
  if (answer.status === 404) return undefined;
  if (answer.status >= 300) {
    const type = errorCause(answer.body).type ?? "no type";
    throw new JobError(
      "SERVICE_UNREACHABLE",
      `OpenSearch could not work on index "${index}" (status ${answer.status}, ${type}): try again.`,
    );
  }
  return answer;
}
