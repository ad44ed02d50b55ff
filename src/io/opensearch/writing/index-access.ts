import type { OpenContext } from "../../../beam";
import type { LedgerEntry } from "../../../chat/plan";
import { JobError } from "../../../chat/errors";
import { type BulkOperation, sendBulk } from "../requests/bulk";
import { BulkWriter, type WriteOutcome } from "./bulk-writer";
import { denied, isDenied } from "../requests/ask";
import { type OpenSearchAnswer, type OpenSearchClient, sharedOpenSearchClient } from "../requests/client";
import { findDocuments, type Wanted } from "./find-documents";
import { latePreparation } from "../indexes/late-preparation";
import { type Fields, type Found, multiGet } from "../requests/multi-get";
import { patiently, refusal } from "../requests/patiently";
import type { OpenSearchSettings } from "../settings";

/** The stages' use of an index: the narrow edge at which tests put one in memory. */
export interface IndexAccess {
  readonly canWrite: boolean;
  /** Resolves with one outcome for each operation, in order. */
  send(index: string, operations: readonly BulkOperation[]): Promise<readonly WriteOutcome[]>;
  /** Reads documents as they are at this moment, refreshed or not; undefined for one that is not there. */
  get<S>(index: string, ids: readonly string[], fields: Fields): Promise<readonly (Found<S> | undefined)[]>;
  /** Searches for documents, of which only refreshed ones are found: as entries of ledgers, for each wanted span. */
  find(index: string, wanted: readonly Wanted[]): Promise<readonly (readonly LedgerEntry[])[]>;
  /** Has searches see what was acknowledged, as far as the credentials may. */
  refresh(index: string): Promise<void>;
}

/** Resolves with the ids of those that are in the index at this moment, refreshed or not. */
export async function presentIds(
  access: IndexAccess,
  index: string,
  documents: readonly { readonly id: string }[],
): Promise<ReadonlySet<string>> {
  const found = await access.get(
    index,
    documents.map(({ id }) => id),
    "none",
  );
  return new Set(found.flatMap((document) => (document === undefined ? [] : [document.id])));
}

/** Reads and writes of one stage on the run's connection, with indexes that are prepared by then. Counter: retries. */
export class StageIndexAccess implements IndexAccess {
  readonly canWrite = true;
  private readonly client: OpenSearchClient;
  private readonly stopped = new AbortController();
  private readonly latePreparation: () => Promise<void>;
  private readonly writer: BulkWriter;

  constructor(
    private readonly settings: OpenSearchSettings,
    context: OpenContext,
  ) {
    this.client = sharedOpenSearchClient(context.shared, settings.connection);
    this.latePreparation = latePreparation(settings, this.stopped.signal);
    this.writer = new BulkWriter(settings, context);
  }

  send(index: string, operations: readonly BulkOperation[]): Promise<readonly WriteOutcome[]> {
    return this.writer.send(index, operations);
  }

  async get<S>(index: string, ids: readonly string[], fields: Fields): Promise<readonly (Found<S> | undefined)[]> {
    if (ids.length === 0) return [];
    await this.latePreparation();
    const { maxRetryDurationMs } = this.settings.bulk;
    return multiGet<S>(this.client, ids, { index, fields, maxRetryDurationMs, signal: this.stopped.signal });
  }

  async find(index: string, wanted: readonly Wanted[]): Promise<readonly (readonly LedgerEntry[])[]> {
    if (wanted.length === 0) return [];
    await this.latePreparation();
    const { maxRetryDurationMs } = this.settings.bulk;
    return findDocuments(this.client, wanted, { index, maxRetryDurationMs, signal: this.stopped.signal });
  }

  async refresh(index: string): Promise<void> {
    await refresh(this.client, index, this.stopped.signal);
  }

  /** Ends the waits of requests that are to be repeated. */
  close(): void {
    this.stopped.abort();
    this.writer.close();
  }
}

/** Reads by a client of one's own, for a person who waits; it cannot write. */
export function clientAccess(client: OpenSearchClient): IndexAccess {
  return {
    canWrite: false,
    send: () => Promise.reject(new Error("This access only reads.")),
    refresh: async (index) => void (await refresh(client, index)),
    get: (index, ids, fields) =>
      ids.length === 0 ? Promise.resolve([]) : multiGet(client, ids, { index, fields, ...SOON }),
    find: (index, wanted) =>
      wanted.length === 0 ? Promise.resolve([]) : findDocuments(client, wanted, { index, ...SOON }),
  };
}

/**
 * The same that also writes, into indexes that are there. Rejects with ACCESS_DENIED where it may not refresh: what is
 * to be deleted must be found.
 */
export function commandAccess(client: OpenSearchClient): IndexAccess {
  return {
    ...clientAccess(client),
    canWrite: true,
    async refresh(index) {
      const answer = await refresh(client, index);
      if (answer.status === 404 || answer.status < 300) return;
      throw isDenied(answer.status) ? denied(index, answer) : refusal(`refresh index "${index}"`, answer);
    },
    async send(index, operations) {
      const outcomes = await sendBulk(client, operations, { index, maxRequestBytes: MAX_REQUEST_BYTES, ...PATIENT });
      return outcomes.map((outcome): WriteOutcome => {
        switch (outcome.kind) {
          case "stored":
            return { stored: true, ...(outcome.version === undefined ? {} : { version: outcome.version }) };
          case "conflict":
            return { stored: false, reason: "Another writer was there first.", isConflict: true };
          case "refused":
            return { stored: false, reason: outcome.reason };
          case "failing":
            throw new JobError(
              "SERVICE_UNREACHABLE",
              `OpenSearch fails on a document of index "${index}" (${outcome.why}): look at the cluster's health, then try again.`,
            );
        }
      });
    },
  };
}

function refresh(client: OpenSearchClient, index: string, signal?: AbortSignal): Promise<OpenSearchAnswer> {
  return patiently(client, { method: "POST", path: `/${index}/_refresh` }, signal);
}

const MAX_REQUEST_BYTES = 4_194_304;
const PATIENT = { maxRetryDurationMs: 60_000 } as const;
const SOON = { maxRetryDurationMs: 10_000 } as const;
