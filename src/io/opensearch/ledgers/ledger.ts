/**
 * The ledger of a session key, which is a user as a rule: the list of its documents, in a document of its own. Pure.
 *
 * 1. An entry is there before its document and goes after it, so no document exists that its ledger lacks.
 * 2. The newest `MAX_ENTRIES` stay. The ledger tells until when there may be others, which only a search finds.
 */
import type { Ledger, LedgerEntry, SeenIndex } from "../../../chat/plan";
import { keyHash } from "../../../chat/steps/ids/key-hash";
import { hull, reachOf, type Span } from "../../../chat/steps/sessions/spans";
import { type BulkOperation, exactOperation } from "../requests/bulk";
import type { Found } from "../requests/multi-get";

export const MAX_ENTRIES = 256;
/** No write takes as long. */
const MAX_ANNOUNCED_MS = 3_600_000;

/** Times are ISO 8601, UTC. */
export interface LedgerDocument {
  /** The session key: the name is older than these. Missing where the key was erased, and nothing came since. */
  readonly userId?: string;
  readonly erasedBefore?: string;
  readonly unlistedUntil?: string;
  readonly entries: readonly {
    readonly id: string;
    readonly start: string;
    readonly end: string;
    readonly added: string;
    readonly announcement: string;
    readonly listing?: string;
    readonly contested?: string;
  }[];
}

export function ledgerOf(found: Found<LedgerDocument> | undefined): Ledger {
  if (found === undefined) return { entries: [] };
  const entries = found.source.entries.map(({ id, start, end, added, announcement, listing, contested }) => ({
    id,
    startMs: Date.parse(start),
    endMs: Date.parse(end),
    addedMs: Date.parse(added),
    announcement,
    ...(listing === undefined ? {} : { listing }),
    ...(contested === undefined ? {} : { contestedMs: Date.parse(contested) }),
  }));
  const { erasedBefore, unlistedUntil } = found.source;
  const erased = erasedBefore === undefined ? {} : { erasedBeforeMs: Date.parse(erasedBefore) };
  return { version: found.version, entries, ...unlistedUntilOf(unlistedUntil, entries), ...erased };
}

function unlistedUntilOf(told: string | undefined, entries: readonly LedgerEntry[]): Pick<Ledger, "unlistedUntilMs"> {
  if (told !== undefined) return { unlistedUntilMs: Date.parse(told) };
  // A full ledger of an older version does not tell.
  return entries.length < MAX_ENTRIES ? {} : { unlistedUntilMs: Math.min(...entries.map(({ endMs }) => endMs)) };
}

/** The operation that puts these entries in the place of the ledger's; a conflict when the ledger has changed. */
export function ledgerOperation(sessionKey: string, ledger: Ledger, entries: readonly LedgerEntry[]): BulkOperation {
  // Nothing tells the key of an erased ledger that lists nothing.
  const isForgotten = ledger.erasedBeforeMs !== undefined && entries.length === 0;
  return writingOf(keyHash(sessionKey), { ...ledger, entries }, isForgotten ? {} : { userId: sessionKey });
}

/** The operation that puts an erased key's ledger in the place of what it was; nothing in it tells the key. */
export function erasedLedgerOperation(hash: string, ledger: Ledger): BulkOperation {
  return writingOf(hash, ledger, {});
}

function writingOf(hash: string, ledger: Ledger, key: { readonly userId?: string }): BulkOperation {
  const { version, erasedBeforeMs } = ledger;
  const ordered = inOrder(ledger.entries);
  const leftMs = ordered.at(-MAX_ENTRIES - 1)?.endMs ?? -Infinity;
  const untilMs = Math.max(ledger.unlistedUntilMs ?? -Infinity, leftMs);
  const document: LedgerDocument = {
    ...key,
    ...(erasedBeforeMs === undefined ? {} : { erasedBefore: new Date(erasedBeforeMs).toISOString() }),
    ...(untilMs > (erasedBeforeMs ?? -Infinity) ? { unlistedUntil: new Date(untilMs).toISOString() } : {}),
    entries: ordered.slice(-MAX_ENTRIES).map(({ id, startMs, endMs, addedMs, announcement, listing, contestedMs }) => ({
      id,
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
      added: new Date(addedMs).toISOString(),
      announcement,
      ...(listing === undefined ? {} : { listing }),
      ...(contestedMs === undefined ? {} : { contested: new Date(contestedMs).toISOString() }),
    })),
  };
  return exactOperation(hash, JSON.stringify(document), version);
}

/** The entries that have a place in a ledger. */
export function newestOf(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return inOrder(entries).slice(-MAX_ENTRIES);
}

function inOrder(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.toSorted((a, b) => a.endMs - b.endMs || a.startMs - b.startMs);
}

/** True when a document may be there that somebody announced before the key was erased, and wrote after. */
export function mayHaveLeft({ erasedBeforeMs }: Ledger, nowMs: number): boolean {
  return erasedBeforeMs !== undefined && !isDead({ addedMs: erasedBeforeMs }, nowMs);
}

/** True when the key was erased after a plan has seen its ledger. */
export function isErasedSince(ledger: Ledger | undefined, seen: Ledger): boolean {
  return (ledger?.erasedBeforeMs ?? 0) > (seen.erasedBeforeMs ?? 0);
}

/** True for an entry without a document whose writer cannot be writing any more. */
export function isDead({ addedMs }: Pick<LedgerEntry, "addedMs">, nowMs: number): boolean {
  return addedMs < nowMs - MAX_ANNOUNCED_MS;
}

/** True when a second writer may still create the document, which then has to be listed, although it was deleted. */
export function isContested({ contestedMs }: LedgerEntry, nowMs: number): boolean {
  return contestedMs !== undefined && contestedMs >= nowMs - MAX_ANNOUNCED_MS;
}

/** Adds entries. One that is there already is announced anew, and spans what it spanned before, too. */
export function withEntries(entries: readonly LedgerEntry[], added: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  for (const entry of added) {
    const before = byId.get(entry.id);
    const contestedMs = entry.contestedMs ?? before?.contestedMs;
    const contested = contestedMs === undefined ? {} : { contestedMs };
    const own = before === undefined ? entry : { ...entry, ...hull([before, entry]), listing: listingOf(before) };
    byId.set(entry.id, { ...own, ...contested });
  }
  return [...byId.values()];
}

/** Without those that were announced as these were: another announcement since then is another writer's. */
export function withoutEntries(entries: readonly LedgerEntry[], gone: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const announcements = new Set(gone.map(({ id, announcement }) => `${id} ${announcement}`));
  return entries.filter(({ id, announcement }) => !announcements.has(`${id} ${announcement}`));
}

/** Tells entries that were listed with these, whoever announced them anew since. */
export function isListedAs(others: readonly LedgerEntry[]): (entry: LedgerEntry) => boolean {
  const listings = new Set(others.map((entry) => `${entry.id} ${listingOf(entry)}`));
  return (entry) => listings.has(`${entry.id} ${listingOf(entry)}`);
}

function listingOf({ announcement, listing = announcement }: LedgerEntry): string {
  return listing;
}

/** True when entries within reach of the span are there that a plan has not seen, and that are not its own. */
export function isOvertaken(
  entries: readonly LedgerEntry[],
  span: Span,
  seen: SeenIndex,
  own: ReadonlySet<string>,
  gapMs: number,
): boolean {
  const isKnown = (id: string): boolean => own.has(id) || Object.hasOwn(seen.documents, id);
  return reachOf(span, entries, gapMs).some(({ id }) => !isKnown(id));
}

/** True where documents that the ledger has no room for may be within reach of the span: only a search finds them. */
export function mayReachUnlisted({ unlistedUntilMs = -Infinity }: Ledger, span: Span, gapMs: number): boolean {
  return span.startMs - gapMs < unlistedUntilMs;
}
