/**
 * Sends the bulks of one stage on the run's connection, and believes an answer only as far as it says something.
 *
 * 1. Indexes are prepared before the first write, and an index of the job's own that was deleted is made again.
 * 2. What was stored counts only after the index has been looked at once more: one that OpenSearch made by itself after
 *    a deletion, or that an alias was moved to, may not fit, and that ends the job.
 * 3. A document is refused only where the index takes others: an index that takes none ends the job, with its cure.
 * 4. A document that OpenSearch fails on waits for no other, and no other for it: it is to be sent again later. It is
 *    refused when it has failed for long, while others were stored.
 * 5. Trouble of the cluster is waited out, for ever or for `maxRetryDurationMs`, and refuses nothing.
 */
import { type Histogram, histogram, type OpenContext } from "../../../beam";
import { JobError } from "../../../chat/errors";
import type { DocumentVersion } from "../../../chat/plan";
import { roomLog } from "../../../log";
import { FailedDurations, RetryCounters } from "../../retry-causes";
import { logFailures } from "../../retry";
import { type BulkOperation, type BulkOutcome, IndexGone, sendBulk } from "../requests/bulk";
import { type OpenSearchClient, sharedOpenSearchClient } from "../requests/client";
import { delayMs, FailingDocuments } from "./failing-documents";
import { latePreparation } from "../indexes/late-preparation";
import { type Target, targets } from "../indexes/mapping";
import { BULK_DURATION, failedBulkDuration } from "./measures";
import { prepareOpenSearch } from "../indexes/prepare";
import type { FailedBulkCause } from "../requests/retry";
import type { OpenSearchSettings } from "../settings";
import { checkWrites, type Look, lookAt } from "../indexes/target";
import { whileAway } from "../requests/while-away";

const log = roomLog("opensearch");

export type WriteOutcome =
  | { readonly stored: true; readonly version?: DocumentVersion }
  /** On a conflict another writing is there, or none, than the operation was made for. */
  | { readonly stored: false; readonly reason: string; readonly isConflict?: true }
  /** The operation is to be sent again, not before so many milliseconds. */
  | { readonly stored: false; readonly laterMs: number };

const MOVED =
  "OpenSearch stored the document in another index than asked for: an ingest pipeline of the index sent it there.";

const CONFLICT = "Another writer was there first.";

/** Counters: those of `RetryCounters`, and the buckets of `BULK_DURATION` and of failed requests. */
export class BulkWriter {
  private readonly client: OpenSearchClient;
  private readonly stopped = new AbortController();
  private readonly latePreparation: () => Promise<void>;
  private readonly retries: RetryCounters<"write">;
  private readonly duration: Histogram;
  private readonly failedDurations: FailedDurations<FailedBulkCause>;
  private readonly looks = new Map<string, Look>();
  private readonly failing: FailingDocuments;
  /** Time of the last stored item by index, since a stored ledger proves nothing about documents. */
  private readonly storedAtMs = new Map<string, number>();

  constructor(
    private readonly settings: OpenSearchSettings,
    { metrics, shared }: OpenContext,
  ) {
    this.client = sharedOpenSearchClient(shared, settings.connection);
    this.latePreparation = latePreparation(settings, this.stopped.signal);
    this.retries = new RetryCounters("write", metrics);
    this.duration = histogram(metrics, BULK_DURATION);
    this.failedDurations = new FailedDurations(metrics, failedBulkDuration);
    // The run's own: an element that starts again comes to whichever instance is free.
    this.failing = shared.get("failing documents", () => new FailingDocuments(settings.bulk.maxFailingMs));
  }

  /** Resolves with one outcome for each operation, in order. */
  async send(index: string, operations: readonly BulkOperation[]): Promise<readonly WriteOutcome[]> {
    if (operations.length === 0) return [];
    await this.latePreparation();
    const target = targets(this.settings, false).find((each) => each.index === index);
    if (target === undefined) throw new Error("The index is none of the job's.");
    const before = this.looks.get(index) ?? (await this.waiting(() => this.prepared(target)));
    const outcomes = await this.sendPrepared(target, before, operations);
    const look =
      (await this.waiting(() => lookAt(this.client, target, this.stopped.signal))) ??
      (await this.remade(target, before, deleted(index)));
    this.looks.set(index, look);
    if (look.isOwn && !before.isOwn)
      log.warn({ index }, "The index was deleted; OpenSearch has made it again in the job's own form");
    return this.believe(target, look, operations, outcomes);
  }

  /** Ends the waits of requests that are to be repeated. */
  close(): void {
    this.stopped.abort();
  }

  private waiting<T>(work: () => Promise<T>): Promise<T> {
    return whileAway(work, {
      signal: this.stopped.signal,
      maxRetryDurationMs: this.settings.bulk.maxRetryDurationMs,
      failure: "OpenSearch did not take documents",
    });
  }

  /** Prepares the indexes when this one is not there. */
  private async prepared(target: Target): Promise<Look> {
    const look = await lookAt(this.client, target, this.stopped.signal);
    if (look !== undefined) return look;
    await prepareOpenSearch(this.settings);
    const made = await lookAt(this.client, target, this.stopped.signal);
    if (made === undefined)
      throw new JobError("SERVICE_UNREACHABLE", "An index was deleted as soon as it was created.");
    return made;
  }

  /** Prepares an index of the job's own that is gone; rejects with `gone` when it is someone else's. */
  private async remade(target: Target, { isOwn, isAlias }: Look, gone: IndexGone): Promise<Look> {
    if (!isOwn || isAlias) throw gone;
    return this.waiting(() => this.prepared(target));
  }

  private async sendPrepared(
    target: Target,
    look: Look,
    operations: readonly BulkOperation[],
  ): Promise<readonly BulkOutcome[]> {
    const { maxBytes, maxRetryDurationMs } = this.settings.bulk;
    const send = (isAlias: boolean): Promise<readonly BulkOutcome[]> =>
      sendBulk(this.client, operations, {
        index: target.index,
        isAlias,
        maxRequestBytes: maxBytes,
        maxRetryDurationMs,
        onRetry: (causes) => causes.forEach((cause) => this.retries.count(cause)),
        onRequest: (durationMs, failure) =>
          failure === undefined ? this.duration.record(durationMs) : this.failedDurations.record(failure, durationMs),
        signal: this.stopped.signal,
      });
    try {
      return await send(look.isAlias);
    } catch (error) {
      if (!(error instanceof IndexGone)) throw error;
      return send((await this.remade(target, look, error)).isAlias);
    }
  }

  private async believe(
    target: Target,
    look: Look,
    operations: readonly BulkOperation[],
    outcomes: readonly BulkOutcome[],
  ): Promise<readonly WriteOutcome[]> {
    const nowMs = performance.now();
    if (outcomes.some(({ kind }) => kind === "stored")) this.storedAtMs.set(target.index, nowMs);
    if (outcomes.some(({ kind }) => kind !== "stored" && kind !== "conflict"))
      await this.waiting(() => checkWrites(this.client, target, look, { signal: this.stopped.signal }));
    const believed: WriteOutcome[] = [];
    for (const [position, outcome] of outcomes.entries()) {
      const id = operations[position]?.id ?? "";
      if (outcome.kind === "failing") {
        believed.push(await this.failed(target, look, { id, why: outcome.why, nowMs }));
        continue;
      }
      this.failing.forget(id);
      if (outcome.kind === "refused") believed.push({ stored: false, reason: outcome.reason });
      else if (outcome.kind === "conflict") believed.push({ stored: false, reason: CONFLICT, isConflict: true });
      else if (!look.names.has(outcome.index)) believed.push({ stored: false, reason: MOVED });
      else believed.push({ stored: true, ...(outcome.version === undefined ? {} : { version: outcome.version }) });
    }
    return believed;
  }

  private async failed(
    target: Target,
    look: Look,
    { id, why, nowMs }: { readonly id: string; readonly why: string; readonly nowMs: number },
  ): Promise<WriteOutcome> {
    const failing = this.failing.failed(id, nowMs);
    const { failures, sinceMs } = failing;
    if (this.failing.mayBeHopeless(failing, nowMs)) {
      // On the shard of this document, which may have trouble of its own.
      const { document } = await this.waiting(() =>
        checkWrites(this.client, target, look, { beside: id, signal: this.stopped.signal }),
      );
      const othersPass = document || (this.storedAtMs.get(target.index) ?? -Infinity) >= sinceMs;
      if (this.failing.isHopeless(failing, nowMs, othersPass)) {
        this.failing.forget(id);
        const seconds = Math.round((nowMs - sinceMs) / 1_000);
        const meanwhile = othersPass ? ", while it took others" : "";
        const reason = `OpenSearch failed ${failures} times on the document in ${seconds} s (${why})${meanwhile}.`;
        return { stored: false, reason };
      }
    }
    this.retries.count("document");
    logFailures(log, "OpenSearch", failures, { index: target.index, documents: 1, why });
    return { stored: false, laterMs: delayMs(failing) };
  }
}

function deleted(index: string): IndexGone {
  const message = `Index "${index}" was deleted while the job ran: create it again as it was, then start the job again.`;
  return new IndexGone("INDEX_MISFIT", message);
}
