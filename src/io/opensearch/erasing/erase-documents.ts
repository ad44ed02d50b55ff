/**
 * Erases the documents of a session key. Safe beside jobs, and to be repeated after a kill at any step.
 *
 * 1. The ledger says first what is erased. From then on no plan that was made before is carried out: it finds another
 *    ledger than it has seen, and its session begins anew without what was erased.
 * 2. A document that was announced before may still be written; its writer takes it back, or whoever comes to the
 *    ledger next. Until then it is `pending`.
 */
import { JobError } from "../../../chat/errors";
import type { Ledger } from "../../../chat/plan";
import { deleteOperation } from "../requests/bulk";
import type { IndexAccess } from "../writing/index-access";
import { erasedLedgerOperation, isDead, type LedgerDocument, ledgerOf, withoutEntries } from "../ledgers/ledger";
import type { SessionIndexes } from "../sessions/read-sessions";

/** Times that a ledger is read again because a job changed it meanwhile. */
const MAX_ATTEMPTS = 50;
/** `hash` is the key's; without the key itself, only documents that its ledger lists are found. */
export interface Erased {
  readonly hash: string;
  readonly sessionKey?: string;
  /** Messages sent before this time are erased. */
  readonly erasedBeforeMs: number;
}

export interface ErasedDocuments {
  readonly documents: number;
  /** Documents that a writer had announced, and that are not there. */
  readonly pending: number;
}

/** Writes into the key's ledger what is erased, where it does not say so yet. */
export async function markErased(access: IndexAccess, { hash, erasedBeforeMs }: Erased, ledgerIndex: string) {
  await changeErased(access, hash, ledgerIndex, (ledger) =>
    (ledger.erasedBeforeMs ?? Number.NEGATIVE_INFINITY) >= erasedBeforeMs ? undefined : { ...ledger, erasedBeforeMs },
  );
}

/**
 * Deletes what can be found of a key that is marked. A round looks for all that must go, and sees what the one before
 * has deleted, so the last one finds nothing.
 */
export async function eraseDocuments(
  access: IndexAccess,
  { hash, sessionKey, erasedBeforeMs }: Erased,
  { index, ledgerIndex }: SessionIndexes,
  nowMs: () => number = Date.now,
): Promise<ErasedDocuments> {
  let documents = 0;
  for (;;) {
    const ledger = await read(access, hash, ledgerIndex);
    await access.refresh(index);
    const wanted = sessionKey === undefined ? [] : [{ sessionKey, beforeMs: erasedBeforeMs }];
    const [found = []] = await access.find(index, wanted);
    const ids = [...new Set([...ledger.entries, ...found].map(({ id }) => id))];
    const there = await access.get<{ readonly start: string; readonly indexedAt: string }>(index, ids, [
      "start",
      "indexedAt",
    ]);
    const erased = there.flatMap((document) => {
      if (document === undefined) return [];
      const { start, indexedAt } = document.source;
      // A clock that was ahead may have dated messages later than they came.
      return Math.min(Date.parse(start), Date.parse(indexedAt)) < erasedBeforeMs ? [document] : [];
    });
    const outcomes = await access.send(
      index,
      erased.map(({ id, version }) => deleteOperation(id, version)),
    );
    const deleted = new Set(erased.flatMap(({ id }, place) => (outcomes[place]!.stored ? [id] : [])));
    documents += deleted.size;
    const missing = new Set(ids.filter((_, place) => there[place] === undefined));
    await changeErased(access, hash, ledgerIndex, (present) => {
      const gone = ledger.entries.filter(
        (entry) => deleted.has(entry.id) || (missing.has(entry.id) && isDead(entry, nowMs())),
      );
      const entries = withoutEntries(present.entries, gone);
      return entries.length === present.entries.length ? undefined : { ...present, entries };
    });
    if (erased.length > 0) continue;
    const isPending = ({ id, addedMs }: Ledger["entries"][number]): boolean =>
      missing.has(id) && addedMs < erasedBeforeMs && !isDead({ addedMs }, nowMs());
    return { documents, pending: ledger.entries.filter(isPending).length };
  }
}

async function read(access: IndexAccess, hash: string, ledgerIndex: string): Promise<Ledger> {
  const [found] = await access.get<LedgerDocument>(ledgerIndex, [hash], "all");
  return ledgerOf(found);
}

async function changeErased(
  access: IndexAccess,
  hash: string,
  ledgerIndex: string,
  change: (ledger: Ledger) => Ledger | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const changed = change(await read(access, hash, ledgerIndex));
    if (changed === undefined) return;
    const [outcome] = await access.send(ledgerIndex, [erasedLedgerOperation(hash, changed)]);
    if (outcome!.stored) return;
    if ("reason" in outcome! && outcome.isConflict !== true)
      throw new JobError("INDEX_MISFIT", `A ledger could not be kept: ${outcome.reason}`);
  }
  throw new JobError("SERVICE_UNREACHABLE", "A ledger changes all the time: stop the jobs, then try again.");
}
