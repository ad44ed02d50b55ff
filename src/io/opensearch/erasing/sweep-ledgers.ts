/** Takes what is older than the retention out of the ledgers. To be repeated after a kill at any step. */
import type { LedgerEntry } from "../../../chat/plan";
import { deleteOperation } from "../requests/bulk";
import type { OpenSearchClient } from "../requests/client";
import { BY_WRITING, documentsInOrder } from "../requests/in-order";
import { type IndexAccess, presentIds } from "../writing/index-access";
import {
  erasedLedgerOperation,
  isDead,
  type LedgerDocument,
  ledgerOf,
  ledgerOperation,
  withoutEntries,
} from "../ledgers/ledger";
import { hasIndex } from "../ledgers/ledger-upkeep";

/** Ledgers of one change, with up to 256 entries each. */
const BATCH = 100;

interface Names {
  readonly index: string;
  readonly ledgerIndex: string;
}

/**
 * Reads all ledgers: only their entries tell that a kill came between a document and its ledger. An entry that somebody
 * announced within the hour may still get its document.
 */
export async function sweepLedgers(
  client: OpenSearchClient,
  access: IndexAccess,
  names: Names,
  beforeMs: number,
): Promise<void> {
  if (!(await hasIndex(client, names.ledgerIndex))) return;
  await access.refresh(names.ledgerIndex);
  const isOld = (entry: LedgerEntry): boolean => entry.endMs < beforeMs && isDead(entry, Date.now());
  let batch: string[] = [];
  const all = documentsInOrder<LedgerDocument>(client, names.ledgerIndex, ["entries"], undefined, BY_WRITING);
  for await (const { _id, _source } of all) {
    const isWhole = _source.entries.length > 0 && !_source.entries.some(({ end }) => Date.parse(end) < beforeMs);
    if (isWhole) continue;
    batch.push(_id);
    if (batch.length < BATCH) continue;
    await dropEntries(access, batch, names, isOld);
    batch = [];
  }
  await dropEntries(access, batch, names, isOld);
}

/**
 * Takes wanted entries out of these ledgers where their documents are gone. A ledger that has none left is deleted,
 * unless it tells an erasure.
 */
export async function dropEntries(
  access: IndexAccess,
  hashes: readonly string[],
  { index, ledgerIndex }: Names,
  isWanted: (entry: LedgerEntry) => boolean,
): Promise<void> {
  const found = await access.get<LedgerDocument>(ledgerIndex, hashes, "all");
  const ledgers = found.map(ledgerOf);
  const wanted = ledgers.map(({ entries }) => entries.filter(isWanted));
  const there = await presentIds(access, index, wanted.flat());
  const operations = ledgers.flatMap((ledger, place) => {
    const gone = wanted[place]!.filter(({ id }) => !there.has(id));
    const entries = withoutEntries(ledger.entries, gone);
    const isOver = entries.length === 0 && ledger.erasedBeforeMs === undefined;
    if (ledger.version === undefined || (!isOver && gone.length === 0)) return [];
    const hash = hashes[place]!;
    if (isOver) return [deleteOperation(hash, ledger.version)];
    const { userId } = found[place]!.source;
    // An erased key is not told again.
    return [
      userId === undefined
        ? erasedLedgerOperation(hash, { ...ledger, entries })
        : ledgerOperation(userId, ledger, entries),
    ];
  });
  // A ledger that was changed meanwhile refuses this: the next run sees it again.
  await access.send(ledgerIndex, operations);
}
