/**
 * Reads what the index holds around sessions, and plans what becomes of them.
 *
 * 1. One read of the ledgers for all sessions of a call, and where a ledger names documents within reach, one of these
 *    documents' outlines. Whole documents are read only for a session that changes something.
 * 2. What was erased, or is older than the retention, is taken out of sessions, and erased documents that a writer who
 *    was under way has left are deleted.
 * 3. All that a plan has read is in what it has seen: the stage that writes looks whether it still holds.
 */
import type { ChatMessage, EmbeddedPart, Session, SessionPart } from "../../../chat/model";
import type { Redactor } from "../../../chat/privacy/redactor";
import type { Ledger, LedgerEntry, PlannedSession } from "../../../chat/plan";
import { keyHash } from "../../../chat/steps/ids/key-hash";
import {
  type HeldDocument,
  outlineFields,
  redacted,
  tellsUnredacted,
  TOLD_FIELDS,
} from "../../../chat/steps/documents/held-document";
import { planRenewal } from "../../../chat/steps/documents/plan-renewal";
import { freshOf, isSettled, planSession, type PlanSettings } from "../../../chat/steps/documents/plan-session";
import { hull, reachOf, type Span } from "../../../chat/steps/sessions/spans";
import { isErased, isExpired } from "../../../chat/steps/letters/suppressed";
import { deleteErased, withoutErasedDocuments } from "./delete-erased";
import { EVER } from "../writing/find-documents";
import type { IndexAccess } from "../writing/index-access";
import {
  isDead,
  type LedgerDocument,
  ledgerOf,
  ledgerOperation,
  mayHaveLeft,
  mayReachUnlisted,
  withoutEntries,
} from "../ledgers/ledger";
import type { Fields } from "../requests/multi-get";

/** Times that a session's reach is searched anew because the documents found made it longer. */
const MAX_SEARCHES = 8;

export interface SessionIndexes {
  readonly index: string;
  readonly ledgerIndex: string;
}

export interface DecideSettings extends PlanSettings {
  /** True to have models answer anew about what the index holds of the sessions, as far as it is behind. */
  readonly renews?: boolean;
  /** Messages of before so long ago are not brought into the index. */
  readonly retentionMs?: number;
  /** Redacts the documents that a session changes; missing: they stay as they are. */
  readonly redactor?: Redactor;
}

export type Decided =
  /** The index holds all of it that may be kept. */
  (
    { readonly kind: "held" } | { readonly kind: "planned"; readonly plan: PlannedSession<SessionPart | EmbeddedPart> }
  ) & {
    /** Messages that may not be kept: erased, or older than the retention. */
    readonly suppressed: readonly ChatMessage[];
  };

interface Reading {
  readonly session: Session;
  /** The session's messages that may be kept. */
  readonly kept: readonly ChatMessage[];
  readonly ledger: Ledger;
  readonly reach: readonly LedgerEntry[];
  readonly documents: readonly HeldDocument[];
}

function spanOf({ messages }: Session): Span {
  return { startMs: messages[0]?.timestampMs ?? 0, endMs: messages.at(-1)?.timestampMs ?? 0 };
}

/** Resolves with one decision for each session, in order. */
export async function decideSessions(
  access: IndexAccess,
  sessions: readonly Session[],
  indexes: SessionIndexes,
  settings: DecideSettings,
  nowMs: () => number = Date.now,
): Promise<readonly Decided[]> {
  const ledgers = await readLedgers(
    access,
    sessions.map(({ sessionKey }) => sessionKey),
    indexes,
  );
  const { gapMs, onEdit } = settings.sessions;
  const listed = sessions.map((session): Reading => {
    const ledger = ledgers.get(session.sessionKey) ?? { entries: [] };
    const kept = withoutErased(session.messages, ledger);
    return { session, kept, ledger, reach: reachOf(spanOf(session), ledger.entries, gapMs), documents: [] };
  });
  const reached = await withLeft(access, await withUnlisted(access, listed, indexes, gapMs), indexes, nowMs());
  const { redactor } = settings;
  const fields = outlineFields(onEdit);
  const read = await withDocuments(
    access,
    reached,
    indexes,
    redactor === undefined ? fields : [...fields, ...TOLD_FIELDS],
  );
  const unredacted = new Set(
    read.flatMap(({ documents }) =>
      documents.filter(({ source }) => redactor !== undefined && tellsUnredacted(source, redactor)).map(({ id }) => id),
    ),
  );
  const found =
    onEdit === "replace"
      ? read
      : read.map((reading) => ({ ...reading, documents: reading.documents.map(withoutMessages) }));
  const left = await deleteErased(access, found, indexes);
  const outlined = left.map((reading) => withoutExpired(reading, settings, nowMs()));
  const isHeld = ({ session, kept, documents }: Reading): boolean =>
    kept.length === 0 ||
    (settings.renews !== true &&
      documents.length > 0 &&
      !documents.some(({ id }) => unredacted.has(id)) &&
      isSettled({ ...session, messages: kept }, documents, onEdit));
  const open = outlined.filter((reading) => !isHeld(reading));
  if (access.canWrite) await forgetDead(access, outlined.filter(isHeld), indexes, nowMs);
  const whole = (await withDocuments(access, open, indexes, "all"))
    .map((reading) => withoutErasedDocuments(reading))
    .map((reading) =>
      redactor === undefined
        ? reading
        : { ...reading, documents: reading.documents.map((document) => redacted(document, redactor)) },
    );
  const plans = new Map(whole.map((reading) => [reading.session, decisionOf(reading, settings)]));
  return outlined.map(({ session, kept }) => {
    const suppressed =
      kept.length === session.messages.length ? [] : session.messages.filter((message) => !kept.includes(message));
    return { ...(plans.get(session) ?? { kind: "held" }), suppressed };
  });
}

/** An outline whose messages are read only for what they tell has none. */
function withoutMessages({ source: { messages: _, ...source }, ...document }: HeldDocument): HeldDocument {
  return { ...document, source };
}

function withoutErased(messages: readonly ChatMessage[], { erasedBeforeMs }: Ledger): readonly ChatMessage[] {
  return erasedBeforeMs === undefined ? messages : messages.filter((message) => !isErased(message, erasedBeforeMs));
}

/** Without new messages that are expired; what a document holds leaves with its document. */
function withoutExpired(reading: Reading, { retentionMs, sessions, renews }: DecideSettings, nowMs: number): Reading {
  if (retentionMs === undefined || renews === true) return reading;
  const { session, kept, documents } = reading;
  const fresh = freshOf({ ...session, messages: kept }, documents, sessions.onEdit);
  const expired = new Set(fresh.filter((message) => isExpired(message, nowMs - retentionMs)));
  return expired.size === 0 ? reading : { ...reading, kept: kept.filter((message) => !expired.has(message)) };
}

export async function readLedgers(
  access: IndexAccess,
  sessionKeys: readonly string[],
  { ledgerIndex }: SessionIndexes,
): Promise<ReadonlyMap<string, Ledger>> {
  const keys = [...new Set(sessionKeys)];
  const found = await access.get<LedgerDocument>(ledgerIndex, keys.map(keyHash), "all");
  return new Map(keys.map((sessionKey, index) => [sessionKey, ledgerOf(found[index])]));
}

/** Adds what ledgers have no room for to the reach. */
async function withUnlisted(
  access: IndexAccess,
  readings: readonly Reading[],
  { index }: SessionIndexes,
  gapMs: number,
): Promise<readonly Reading[]> {
  let found = readings;
  for (let round = 0; round < MAX_SEARCHES; round++) {
    const open = found.filter((reading) => mayReachUnlisted(reading.ledger, reachSpan(reading), gapMs));
    const wanted = open.map((reading) => {
      const { startMs, endMs } = reachSpan(reading);
      return { sessionKey: reading.session.sessionKey, span: { startMs: startMs - gapMs, endMs: endMs + gapMs } };
    });
    const entries = await access.find(index, wanted);
    const grown = new Map<Reading, Reading>();
    for (const [place, reading] of open.entries()) {
      const { entries: all } = reading.ledger;
      const others = (entries[place] ?? []).filter(({ id }) => !all.some((entry) => entry.id === id));
      const reach = reachOf(spanOf(reading.session), [...all, ...reading.reach.filter(isUnlisted), ...others], gapMs);
      const distinct = [...new Map(reach.map((entry) => [entry.id, entry])).values()];
      if (distinct.length > reading.reach.length) grown.set(reading, { ...reading, reach: distinct });
    }
    if (grown.size === 0) return found;
    found = found.map((reading) => grown.get(reading) ?? reading);
  }
  return found;
}

/**
 * Adds documents of what is erased that a writer may have left, who was killed or began anew: they need not be within
 * reach, and where their entries were taken out already, only a search finds them.
 */
async function withLeft(
  access: IndexAccess,
  readings: readonly Reading[],
  { index }: SessionIndexes,
  nowMs: number,
): Promise<readonly Reading[]> {
  const isOpen = ({ session, kept, ledger }: Reading): boolean =>
    kept.length < session.messages.length && mayHaveLeft(ledger, nowMs);
  const open = readings.filter(isOpen);
  if (open.length === 0) return readings;
  await access.refresh(index);
  // Sessions of one key have one ledger, and everything of the key is looked for.
  const ledgers = new Map(open.map(({ session: { sessionKey }, ledger }) => [sessionKey, ledger]));
  const found = await access.find(
    index,
    [...ledgers].map(([sessionKey, ledger]) => ({ sessionKey, span: { ...EVER, endMs: ledger.erasedBeforeMs! } })),
  );
  const grown = new Map([...ledgers.keys()].map((sessionKey, place) => [sessionKey, found[place] ?? []]));
  return readings.map((reading) => {
    const left = isOpen(reading) ? (grown.get(reading.session.sessionKey) ?? []) : [];
    const others = left.filter(({ id }) => !reading.reach.some((entry) => entry.id === id));
    return others.length === 0 ? reading : { ...reading, reach: [...reading.reach, ...others] };
  });
}

function isUnlisted({ announcement }: LedgerEntry): boolean {
  return announcement === "";
}

function reachSpan({ session, reach }: Reading): Span {
  return hull([spanOf(session), ...reach]);
}

async function withDocuments(
  access: IndexAccess,
  readings: readonly Reading[],
  { index }: SessionIndexes,
  fields: Fields,
): Promise<readonly Reading[]> {
  const ids = [...new Set(readings.flatMap(({ reach }) => reach.map(({ id }) => id)))];
  const found = await access.get<HeldDocument["source"]>(index, ids, fields);
  const byId = new Map(found.flatMap((document) => (document === undefined ? [] : [[document.id, document] as const])));
  return readings.map((reading) => ({ ...reading, documents: reading.reach.flatMap(({ id }) => byId.get(id) ?? []) }));
}

/**
 * Takes entries out of ledgers whose writers died. Whoever changes a ledger meanwhile may: the next session sees them
 * again.
 */
async function forgetDead(
  access: IndexAccess,
  readings: readonly Reading[],
  { ledgerIndex }: SessionIndexes,
  nowMs: () => number,
): Promise<void> {
  const operations = readings.flatMap(({ session, ledger, reach, documents }) => {
    const ids = new Set(documents.map(({ id }) => id));
    const dead = reach.filter((entry) => !ids.has(entry.id) && isDead(entry, nowMs()));
    const rest = withoutEntries(ledger.entries, dead);
    return dead.length === 0 ? [] : [ledgerOperation(session.sessionKey, ledger, rest)];
  });
  await access.send(ledgerIndex, operations);
}

type Decision =
  { readonly kind: "held" } | { readonly kind: "planned"; readonly plan: PlannedSession<SessionPart | EmbeddedPart> };

function decisionOf(
  { session: { ...whole }, kept, ledger, reach, documents }: Reading,
  settings: DecideSettings,
): Decision {
  const session = { ...whole, messages: kept };
  const versions = new Map(documents.map(({ id, version }) => [id, version]));
  const seen = {
    ledger,
    documents: Object.fromEntries(reach.map(({ id }) => [id, versions.get(id) ?? null])),
  };
  const planAs = settings.renews === true ? planRenewal : planSession;
  const plan = planAs(session, documents, seen, settings);
  return plan.documents.length === 0 && plan.covered.length === 0 ? { kind: "held" } : { kind: "planned", plan };
}
