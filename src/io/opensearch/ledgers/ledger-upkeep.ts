/** Makes ledgers from the documents, and compares both: for an index that was filled without them. */
import { JobError } from "../../../chat/errors";
import type { LedgerEntry } from "../../../chat/plan";
import { keyHash } from "../../../chat/steps/ids/key-hash";
import { sendBulk } from "../requests/bulk";
import type { OpenSearchClient } from "../requests/client";
import { documentsInOrder, bodyOf } from "../requests/in-order";
import { isDead, type LedgerDocument, ledgerOf, ledgerOperation, newestOf, withEntries } from "./ledger";
import { multiGet } from "../requests/multi-get";
import type { OpenSearchSettings } from "../settings";

const MAX_REQUEST_BYTES = 4_194_304;
/** Times that a ledger is read again because a job changed it meanwhile. */
const MAX_ATTEMPTS = 20;

type Names = Pick<OpenSearchSettings, "index" | "ledgerIndex">;

/**
 * Rejects with INDEX_MISFIT for documents without ledgers, as older versions left them: the job could not find what it
 * wrote before, and would write it twice.
 */
export async function refuseWithoutLedgers(client: OpenSearchClient, { index, ledgerIndex }: Names): Promise<void> {
  if (await hasLedgers(client, { index, ledgerIndex })) return;
  const json = { size: 0, terminate_after: 1, track_total_hits: true };
  const found = await client.request({ method: "POST", path: `/${index}/_search`, json });
  const total = (found.body as { hits?: { total?: { value?: number } } } | undefined)?.hits?.total?.value ?? 0;
  if (found.status !== 200 || total === 0) return;
  throw new JobError(
    "INDEX_MISFIT",
    `Index "${index}" has documents and no ledgers ("${ledgerIndex}"): run npm run ledger -- rebuild once, with the same index and endpoint, then start again.`,
  );
}

/** False when there is no index of ledgers. */
export function hasLedgers(client: OpenSearchClient, { ledgerIndex }: Names): Promise<boolean> {
  return hasIndex(client, ledgerIndex);
}

export async function hasIndex(client: OpenSearchClient, index: string): Promise<boolean> {
  return (await client.request({ method: "GET", path: `/${index}/_mapping` })).status !== 404;
}

export interface Rebuilt {
  readonly users: number;
  readonly documents: number;
}

/** Writes every ledger anew. A job may run meanwhile: what it announces stays. */
export async function rebuildLedgers(client: OpenSearchClient, names: Names): Promise<Rebuilt> {
  let users = 0;
  let documents = 0;
  for await (const { sessionKey, entries } of documentsByKey(client, names.index)) {
    await writeLedger(client, names, sessionKey, entries);
    users++;
    documents += entries.length;
  }
  return { users, documents };
}

export interface Checked extends Rebuilt {
  /** Ids of documents that their ledgers lack, and that no search looks for. */
  readonly unlisted: readonly string[];
  /** Ids in ledgers without a document; a writer that is under way, or was killed within the hour, may have them. */
  readonly missing: readonly string[];
}

/** Compares documents with their ledgers. */
export async function checkLedgers(client: OpenSearchClient, names: Names): Promise<Checked> {
  const found = { users: 0, documents: 0, unlisted: [] as string[], missing: [] as string[] };
  for await (const { sessionKey, entries } of documentsByKey(client, names.index)) {
    found.users++;
    found.documents += entries.length;
    const { entries: known, unlistedUntilMs = -Infinity } = await ledgerOfKey(client, names, sessionKey);
    const listed = new Set(known.map(({ id }) => id));
    const ids = new Set(entries.map(({ id }) => id));
    const wanted = newestOf(entries).filter(({ endMs }) => endMs > unlistedUntilMs);
    found.unlisted.push(...wanted.flatMap(({ id }) => (listed.has(id) ? [] : [id])));
    found.missing.push(...[...listed].filter((id) => !ids.has(id)));
  }
  return found;
}

async function ledgerOfKey(client: OpenSearchClient, { ledgerIndex }: Names, sessionKey: string) {
  const [found] = await multiGet<LedgerDocument>(client, [keyHash(sessionKey)], { index: ledgerIndex, fields: "all" });
  return ledgerOf(found);
}

async function writeLedger(
  client: OpenSearchClient,
  names: Names,
  sessionKey: string,
  entries: readonly LedgerEntry[],
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const ledger = await ledgerOfKey(client, names, sessionKey);
    const ids = new Set(entries.map(({ id }) => id));
    const announced = ledger.entries.filter((entry) => ids.has(entry.id) || !isDead(entry, Date.now()));
    const known = new Set(announced.map(({ id }) => id));
    const all = withEntries(
      announced,
      entries.filter(({ id }) => !known.has(id)),
    );
    const operation = ledgerOperation(sessionKey, ledger, all);
    const policy = { index: names.ledgerIndex, maxRequestBytes: MAX_REQUEST_BYTES };
    const [outcome] = await sendBulk(client, [operation], policy);
    if (outcome?.kind === "stored") return;
    if (outcome?.kind === "refused") throw new JobError("INDEX_MISFIT", `A ledger was not taken: ${outcome.reason}`);
  }
  throw new JobError("SERVICE_UNREACHABLE", "A ledger changes all the time: stop the jobs, then try again.");
}

interface Source {
  readonly userId: string;
  readonly sessionKey?: string;
  readonly start: string;
  readonly end: string;
}

interface KeyDocuments {
  readonly sessionKey: string;
  readonly entries: readonly LedgerEntry[];
}

/** The documents of one session key after the other: of users first, which are their own, then of other keys. */
async function* documentsByKey(client: OpenSearchClient, index: string): AsyncGenerator<KeyDocuments> {
  await bodyOf(client, index, { method: "POST", path: `/${index}/_refresh` });
  let sessionKey: string | undefined;
  let entries: LedgerEntry[] = [];
  const fields = ["userId", "sessionKey", "start", "end"];
  for await (const { _id, _source } of documentsInOrder<Source>(client, index, fields)) {
    const own = _source.sessionKey ?? _source.userId;
    if (sessionKey !== undefined && sessionKey !== own) {
      yield { sessionKey, entries };
      entries = [];
    }
    sessionKey = own;
    const [startMs, endMs] = [Date.parse(_source.start), Date.parse(_source.end)];
    entries.push({ id: _id, startMs, endMs, addedMs: Date.now(), announcement: "rebuilt" });
  }
  if (sessionKey !== undefined) yield { sessionKey, entries };
}
