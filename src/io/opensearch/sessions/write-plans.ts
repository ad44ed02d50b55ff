/**
 * Carries out what was planned for sessions.
 *
 * 1. The order is: the ledger names the documents, new documents, those that replace one and hold all of it, the one
 *    that holds less; a look at what others did meanwhile; then what is covered is deleted, and leaves the ledger.
 * 2. Each write is for one writing of a document, or for none. Whoever finds another one there begins anew, so of two
 *    writers at once the later sees what the other did.
 * 3. A document is deleted, or loses messages, only when those that hold them were written by this very plan: another
 *    writer who relied on less cannot delete these without beginning anew.
 * 4. An entry leaves a ledger by whoever deleted its document, or gave its creation up, and what was written stays
 *    listed. Where two have announced one new id, its entry outlives the document for as long as the slower one may
 *    create it again.
 * 5. Where the key was erased meanwhile, the session begins anew: whoever plans it deletes what was written.
 * 6. Of a new session a refused document becomes a letter, and the others stay. An amendment is whole: a refused
 *    document undoes what it added, and what is left of the new messages becomes one letter.
 */
import type { DeadLetter } from "../../../chat/model";
import { type DocumentVersion, isAmendment, type Ledger, type LedgerEntry } from "../../../chat/plan";
import { freshDeadLetter, sessionDeadLetter } from "../../../chat/steps/letters/dead-letter";
import { heldKeys } from "../../../chat/steps/sessions/edits";
import { type BulkOperation, deleteOperation } from "../requests/bulk";
import { changeLedgers } from "./change-ledgers";
import { type IndexAccess, presentIds } from "../writing/index-access";
import {
  isContested,
  isDead,
  isErasedSince,
  isListedAs,
  isOvertaken,
  newestOf,
  withEntries,
  withoutEntries,
} from "../ledgers/ledger";
import { type Document, type Plan, Work } from "./planned-work";
import { readLedgers, type SessionIndexes } from "./read-sessions";

export type Written =
  /** Others were there meanwhile: the session must be planned anew. */
  | { readonly kind: "again" }
  /** OpenSearch fails on a document for now: the same plan is to be tried later. */
  | { readonly kind: "later"; readonly delayMs: number }
  | { readonly kind: "done"; readonly documents: number; readonly letters: readonly DeadLetter[] };

export interface WritePolicy {
  readonly indexes: SessionIndexes;
  readonly gapMs: number;
  /** Makes the operation of a document, or says why it cannot be sent. */
  readonly operationOf: (document: Document) => BulkOperation | { readonly reason: string };
  readonly nowMs: () => number;
}

/** Resolves with one result for each plan, in order. */
export async function writePlans(
  access: IndexAccess,
  plans: readonly Plan[],
  policy: WritePolicy,
): Promise<readonly Written[]> {
  const works = plans.map((plan) => new Work(plan, policy.nowMs()));
  await announce(access, works, policy);
  await write(access, works, policy, ({ replaces }) => replaces === undefined);
  await write(access, works, policy, ({ replaces, isSmaller }) => replaces !== undefined && !isSmaller);
  await write(access, works, policy, ({ isSmaller }) => isSmaller);
  await lookAgain(access, works, policy);
  await listAnew(access, works, policy);
  await clear(access, works, policy);
  return works.map(resultOf);
}

function resultOf({ state, laterMs, written, letters }: Work): Written {
  if (state === "again") return { kind: "again" };
  if (state === "later") return { kind: "later", delayMs: laterMs };
  return { kind: "done", documents: written.size, letters };
}

/** Names the documents in their ledgers. */
async function announce(access: IndexAccess, works: readonly Work[], policy: WritePolicy): Promise<void> {
  const known = new Map<string, Ledger>();
  for (const { sessionKey, plan } of works) {
    const { ledger } = plan.seen;
    const other = known.get(sessionKey);
    if (other === undefined || (ledger.version?.seqNo ?? -1) > (other.version?.seqNo ?? -1))
      known.set(sessionKey, ledger);
  }
  await changeLedgers(access, works, known, policy.indexes, (ledger, own) => {
    let entries = ledger.entries;
    const added: LedgerEntry[] = [];
    for (const work of own) {
      const { plan } = work;
      if (!work.isOpen) continue;
      if (
        isErasedSince(ledger, plan.seen.ledger) ||
        hasLost(work, ledger) ||
        isOvertaken([...entries, ...added], work.span, plan.seen, work.own, policy.gapMs)
      ) {
        work.state = "again";
        continue;
      }
      work.before = ledger.entries;
      const isLeft = (entry: LedgerEntry): boolean =>
        plan.seen.documents[entry.id] === null && isDead(entry, policy.nowMs());
      entries = withoutEntries(entries, plan.seen.ledger.entries.filter(isLeft));
      for (const { id } of [...entries, ...added]) if (work.own.has(id)) work.shared.add(id);
      const isShared = ({ id }: LedgerEntry): boolean => work.shared.has(id) && work.created.has(id);
      added.push(...work.entries.map((entry) => (isShared(entry) ? { ...entry, contestedMs: policy.nowMs() } : entry)));
    }
    const listed = withEntries(entries, added);
    const ids = new Set(newestOf(listed).map(({ id }) => id));
    for (const work of own) for (const id of work.own) if (!ids.has(id)) work.unlisted.add(id);
    return added.length === 0 ? undefined : listed;
  });
}

/**
 * True when the entry of a document that the plan is to replace left the ledger, and not for lack of room: the document
 * was deleted.
 */
function hasLost({ plan, created, own }: Work, { entries, unlistedUntilMs = -Infinity }: Ledger): boolean {
  const ids = new Set(entries.map(({ id }) => id));
  return plan.seen.ledger.entries.some(
    ({ id, endMs }) => own.has(id) && !created.has(id) && !ids.has(id) && endMs > unlistedUntilMs,
  );
}

async function write(
  access: IndexAccess,
  works: readonly Work[],
  policy: WritePolicy,
  isNow: (document: Document) => boolean,
): Promise<void> {
  const sent: { readonly work: Work; readonly document: Document; readonly operation: BulkOperation }[] = [];
  const refused = new Map<Work, Map<Document, string>>();
  const refuse = (work: Work, document: Document, reason: string): void => {
    refused.set(work, (refused.get(work) ?? new Map<Document, string>()).set(document, reason));
  };
  for (const work of works.filter(({ isOpen }) => isOpen)) {
    for (const document of work.plan.documents.filter(isNow)) {
      const operation = policy.operationOf(document);
      if ("reason" in operation) refuse(work, document, operation.reason);
      else sent.push({ work, document, operation });
    }
  }
  const outcomes = await access.send(
    policy.indexes.index,
    sent.map(({ operation }) => operation),
  );
  for (const [index, { work, document }] of sent.entries()) {
    const outcome = outcomes[index]!;
    if (outcome.stored) work.written.set(document, outcome.version!);
    else if ("laterMs" in outcome) work.putOff(outcome.laterMs);
    else if (outcome.isConflict === true) work.state = "again";
    else refuse(work, document, outcome.reason);
  }
  for (const [work, documents] of refused) {
    if (work.isOpen) await giveUp(access, work, documents, policy);
    else for (const { id } of documents.keys()) leave(work, id);
  }
}

/** Takes the entry of a new document that is refused out of the ledger, unless another writer may have its document. */
function leave({ entries, created, shared, leaving }: Work, id: string): void {
  leaving.push(...entries.filter((entry) => entry.id === id && created.has(id) && !shared.has(id)));
}

async function giveUp(
  access: IndexAccess,
  work: Work,
  refused: ReadonlyMap<Document, string>,
  { indexes }: WritePolicy,
): Promise<void> {
  const { plan, written, entries, letters } = work;
  if (!isAmendment(plan)) {
    for (const [{ id, content }, reason] of refused) {
      letters.push(sessionDeadLetter("DOCUMENT_REFUSED", reason, content.part));
      leave(work, id);
    }
    return;
  }
  // A replaced document holds more than before, and stays: it is acknowledged, and others may rely on it.
  const added = [...written].filter(([{ replaces }]) => replaces === undefined);
  const outcomes = await access.send(
    indexes.index,
    added.map(([{ id }, version]) => deleteOperation(id, version)),
  );
  for (const [index, [document]] of added.entries()) {
    if (!outcomes[index]!.stored) work.state = "again";
    else {
      written.delete(document);
      work.deleted.push(...entries.filter(({ id }) => id === document.id));
    }
  }
  if (!work.isOpen) return;
  const kept = new Set([...written.keys()].flatMap(({ content }) => content.part.messages.flatMap(heldKeys)));
  const left = plan.fresh.filter((message) => heldKeys(message).some((key) => !kept.has(key)));
  const [reason = ""] = refused.values();
  if (left.length > 0) letters.push(freshDeadLetter("DOCUMENT_REFUSED", reason, plan.session, left));
  for (const { id } of plan.documents) leave(work, id);
  work.state = "abandoned";
}

/** Sees what others did since the plan was made. */
async function lookAgain(access: IndexAccess, works: readonly Work[], { indexes, gapMs }: WritePolicy): Promise<void> {
  const open = works.filter(({ isOpen }) => isOpen);
  const ledgers = await readLedgers(
    access,
    open.map(({ sessionKey }) => sessionKey),
    indexes,
  );
  const watched = open.map((work) => ({ work, ids: watchedBy(work) }));
  const ids = [...new Set(watched.flatMap((each) => each.ids))];
  const found = await access.get(indexes.index, ids, "none");
  const versions = new Map(ids.map((id, index) => [id, found[index]?.version]));
  for (const { work, ids: own } of watched) {
    const { plan, span, unlisted } = work;
    const ledger = ledgers.get(work.sessionKey);
    const entries = ledger?.entries ?? [];
    const isListed = ({ id, announcement }: LedgerEntry): boolean =>
      unlisted.has(id) || entries.some((entry) => entry.id === id && entry.announcement === announcement);
    const hasMoved = own.some((id) => !isSameVersion(plan.seen.documents[id] ?? undefined, versions.get(id)));
    const isOver = isOvertaken(entries, span, plan.seen, work.own, gapMs);
    if (isErasedSince(ledger, plan.seen.ledger) || isOver || !work.entries.every(isListed) || hasMoved) {
      work.state = "again";
    }
  }
}

/**
 * Lists documents anew that a plan wrote and gives up, where another writer took their entries out: that one deleted a
 * document of the same id, before this one was written.
 */
async function listAnew(access: IndexAccess, works: readonly Work[], { indexes }: WritePolicy): Promise<void> {
  const putBack = works.filter(({ isPutBack, writtenEntries }) => isPutBack && writtenEntries.length > 0);
  const ledgers = await readLedgers(
    access,
    putBack.map(({ sessionKey }) => sessionKey),
    indexes,
  );
  const written = putBack.flatMap(({ writtenEntries }) => writtenEntries);
  const there = await presentIds(access, indexes.index, written);
  await changeLedgers(access, putBack, ledgers, indexes, ({ entries }, own) => {
    const listed = new Set(entries.map(({ id }) => id));
    const isLost = ({ unlisted }: Work, { id }: LedgerEntry): boolean =>
      there.has(id) && !listed.has(id) && !unlisted.has(id);
    const lost = own.flatMap((work) => work.writtenEntries.filter((entry) => isLost(work, entry)));
    return lost.length === 0 ? undefined : withEntries(entries, lost);
  });
}

/** Documents that the plan relies on without writing them. Those that it deletes are deleted in one writing only. */
function watchedBy({ plan, own }: Work): readonly string[] {
  const covered = new Set(plan.covered.map(({ id }) => id));
  return Object.keys(plan.seen.documents).filter((id) => !own.has(id) && !covered.has(id));
}

function isSameVersion(a: DocumentVersion | undefined, b: DocumentVersion | undefined): boolean {
  return a?.seqNo === b?.seqNo && a?.primaryTerm === b?.primaryTerm;
}

/** Deletes what is covered, and takes what is gone out of the ledgers. */
async function clear(access: IndexAccess, works: readonly Work[], policy: WritePolicy): Promise<void> {
  const covered = works
    .filter(({ isOpen }) => isOpen)
    .flatMap((work) => work.plan.covered.map((own) => ({ work, own })));
  const outcomes = await access.send(
    policy.indexes.index,
    covered.map(({ own }) => deleteOperation(own.id, own)),
  );
  for (const [index, { work, own }] of covered.entries()) {
    if (!outcomes[index]!.stored) work.state = "again";
    else work.deleted.push(...work.before.filter(({ id }) => id === own.id));
  }
  // Deletions and refusals stay, even where the plan is put back.
  const leaving = works.filter((work) => work.leaving.length + work.deleted.length > 0);
  const ledgers = await readLedgers(
    access,
    leaving.map(({ sessionKey }) => sessionKey),
    policy.indexes,
  );
  await changeLedgers(access, leaving, ledgers, policy.indexes, ({ entries }, own) => {
    const isDeleted = isListedAs(own.flatMap(({ deleted }) => deleted));
    const rest = withoutEntries(
      entries,
      own.flatMap((work) => work.leaving),
    ).filter((entry) => !isDeleted(entry) || isContested(entry, policy.nowMs()));
    return rest.length === entries.length ? undefined : rest;
  });
}
