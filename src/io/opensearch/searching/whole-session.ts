/** One session as a person reads it: all its parts, its neighbours, and sessions like it. */
import type { SessionDocument } from "../../../chat/steps/documents/document";
import type { OpenSearchClient } from "../requests/client";
import { multiSearch, type RawHit } from "./multi-search";
import { semanticSearch } from "../queries/query";

/** A document without what people do not read. */
export type ReadableDocument = Omit<SessionDocument, "embedding" | "positions" | "keys" | "contentHash">;
/** The same without its messages. */
export type SessionOutline = Omit<ReadableDocument, "messages">;

export interface Part {
  readonly id: string;
  readonly document: ReadableDocument;
}

export interface Outlined {
  readonly id: string;
  readonly document: SessionOutline;
}

export interface WholeSession {
  /** The parts in order; those that could not be told from parts of other sessions are missing. */
  readonly parts: readonly Part[];
  /** Sessions of the same user before and after, in order of time. */
  readonly before: readonly Outlined[];
  readonly after: readonly Outlined[];
  /** The nearest sessions by vector, the nearest first. */
  readonly similar: readonly Outlined[];
}

/** Parts of one session that are read at most: a browser shows no more. */
const MAX_PARTS = 50;
const NEIGHBOURS = 3;
const SIMILAR = 6;
const UNREAD = ["embedding", "positions", "keys", "contentHash"] as const;
const OUTLINE = { excludes: [...UNREAD, "messages"] } as const;

/**
 * Resolves with the session that a document belongs to, and `similarCount` others like it; undefined without such a
 * document. Rejects with a `JobError`.
 */
export async function wholeSession(
  client: OpenSearchClient,
  index: string,
  id: string,
  similarCount = SIMILAR,
): Promise<WholeSession | undefined> {
  const own = { size: 1, track_total_hits: false, query: { ids: { values: [id] } } };
  const [[found] = []] = await multiSearch(client, index, [own]);
  if (found === undefined) return undefined;
  const document = found._source as SessionDocument;
  const parts = await partsOf(client, index, id, document);
  const known = parts.map((part) => part.id);
  const first = parts[0]!.document;
  const last = parts.at(-1)!.document;
  const similar = semanticSearch(document.embedding, { inMessages: false }, similarCount + known.length);
  const [before = [], after = [], near = []] = await multiSearch(client, index, [
    neighbours(first, { start: { lt: first.start } }, "desc"),
    neighbours(last, { start: { gt: last.start } }, "asc"),
    { ...similar, _source: OUTLINE },
  ]);
  const outlined = (hits: readonly RawHit[]): readonly Outlined[] =>
    hits
      .filter(({ _id }) => !known.includes(_id))
      .map(({ _id, _source }) => ({ id: _id, document: _source as SessionOutline }));
  return {
    parts,
    before: outlined(before).toReversed(),
    after: outlined(after),
    similar: outlined(near).slice(0, similarCount),
  };
}

/** Goes from a part to those before and behind it, as far as their numbers follow one another. */
async function partsOf(
  client: OpenSearchClient,
  index: string,
  id: string,
  document: SessionDocument,
): Promise<readonly Part[]> {
  const { part, partCount } = document;
  const own = { id, document: readable(document) };
  if (partCount <= 1) return [own];
  const [before = [], after = []] = await multiSearch(client, index, [
    others(document, { start: { lte: document.start } }, { part: { lt: part } }, "desc"),
    others(document, { start: { gte: document.start } }, { part: { gt: part } }, "asc"),
  ]);
  const run = (hits: readonly RawHit[], step: 1 | -1): readonly Part[] => {
    const parts: Part[] = [];
    for (const { _id, _source } of hits) {
      const next = _source as ReadableDocument;
      if (next.part === part + step * (parts.length + 1)) parts.push({ id: _id, document: next });
    }
    return parts;
  };
  return [...run(before, -1).toReversed(), own, ...run(after, 1)];
}

function others(document: SessionDocument, start: object, part: object, order: "asc" | "desc"): object {
  const { userId, sessionKey, partCount } = document;
  const key = sessionKey === undefined ? { userId } : { sessionKey };
  return {
    size: MAX_PARTS,
    track_total_hits: false,
    _source: { excludes: UNREAD },
    sort: [{ start: order }, { part: order }],
    query: { bool: { filter: [{ term: key }, { term: { partCount } }, { range: start }, { range: part }] } },
  };
}

/** The first parts of other sessions of the user. */
function neighbours({ userId }: ReadableDocument, start: object, order: "asc" | "desc"): object {
  return {
    size: NEIGHBOURS,
    track_total_hits: false,
    _source: OUTLINE,
    sort: [{ start: order }],
    query: { bool: { filter: [{ term: { userId } }, { term: { part: 1 } }, { range: start }] } },
  };
}

function readable({
  embedding: _embedding,
  positions: _positions,
  keys: _keys,
  contentHash: _contentHash,
  ...document
}: SessionDocument): ReadableDocument {
  return document;
}
