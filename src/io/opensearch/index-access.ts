import type { OpenContext } from "../../beam";
import type { LedgerEntry } from "../../chat/plan";
import type { BulkOperation } from "./bulk";
import { BulkWriter, type WriteOutcome } from "./bulk-writer";
import { type OpenSearchClient, sharedOpenSearchClient } from "./client";
import { findDocuments, type Wanted } from "./find-documents";
import { latePreparation } from "./late-preparation";
import { type Fields, type Found, multiGet } from "./multi-get";
import type { OpenSearchSettings } from "./settings";

/** What stages do with an index: the narrow edge at which tests put one in memory. */
export interface IndexAccess {
  readonly canWrite: boolean;
  /** Resolves with one outcome for each operation, in order. */
  send(index: string, operations: readonly BulkOperation[]): Promise<readonly WriteOutcome[]>;
  /** Reads documents as they are at this moment, refreshed or not; undefined for one that is not there. */
  get<S>(index: string, ids: readonly string[], fields: Fields): Promise<readonly (Found<S> | undefined)[]>;
  /** Searches for documents, of which only refreshed ones are found: as entries of ledgers, for each wanted span. */
  find(index: string, wanted: readonly Wanted[]): Promise<readonly (readonly LedgerEntry[])[]>;
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
    get: (index, ids, fields) =>
      ids.length === 0 ? Promise.resolve([]) : multiGet(client, ids, { index, fields, ...SOON }),
    find: (index, wanted) =>
      wanted.length === 0 ? Promise.resolve([]) : findDocuments(client, wanted, { index, ...SOON }),
  };
}

const SOON = { maxRetryDurationMs: 10_000 } as const;
