import type { Counter, OpenContext } from "../../beam";
import { type BulkOperation, type BulkOutcome, sendBulk } from "./bulk";
import { type OpenSearchClient, sharedOpenSearchClient } from "./client";
import { latePreparation } from "./late-preparation";
import type { OpenSearchSettings } from "./settings";

/** Sends the bulks of one stage on the run's connection, to indexes that are prepared by then. Counter: retries. */
export class BulkWriter {
  private readonly client: OpenSearchClient;
  private readonly stopped = new AbortController();
  private readonly latePreparation: () => Promise<void>;
  private readonly retries: Counter;

  constructor(
    private readonly settings: OpenSearchSettings,
    { metrics, shared }: OpenContext,
  ) {
    this.client = sharedOpenSearchClient(shared, settings.connection);
    this.latePreparation = latePreparation(settings, this.stopped.signal);
    this.retries = metrics.counter("retries");
  }

  /** Resolves with one outcome for each operation, in order. */
  async send(index: string, operations: readonly BulkOperation[]): Promise<readonly BulkOutcome[]> {
    await this.latePreparation();
    const { maxBytes, maxRetryDurationMs } = this.settings.bulk;
    return sendBulk(this.client, operations, {
      index,
      maxRequestBytes: maxBytes,
      maxRetryDurationMs,
      onRetry: (count) => this.retries.inc(count),
      signal: this.stopped.signal,
    });
  }

  /** Ends the waits of requests that are to be repeated. */
  close(): void {
    this.stopped.abort();
  }
}
