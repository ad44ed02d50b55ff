import {
  type AsyncDoFn,
  type AsyncElement,
  type Batching,
  type Counter,
  registerForSerialization,
  type SetupContext,
} from "../../beam";
import type { WrittenDocument } from "../../chat/coders/written-document";
import { JobError } from "../../chat/errors";
import type { DeadLetter } from "../../chat/model";
import { deadLetterId } from "../../chat/steps/document";
import { sendBulk } from "./bulk";
import { type OpenSearchClient, sharedOpenSearchClient } from "./client";
import { deadLetterOperations } from "./dead-letter-document";
import { latePreparation } from "./late-preparation";
import type { OpenSearchSettings } from "./settings";

export type DeadLetterOutputs = { written: WrittenDocument };
type Element = AsyncElement<DeadLetter, DeadLetterOutputs>;

/** There is nowhere further for a dead letter to go: one that the cluster refuses ends the run. */
export class WriteDeadLetters implements AsyncDoFn<DeadLetter, DeadLetterOutputs> {
  readonly pool = "opensearch-dead-letters";
  readonly maxConcurrentCalls = 1;
  readonly batching: Batching;
  private client!: OpenSearchClient;
  private stopped!: AbortController;
  private latePreparation!: () => Promise<void>;
  private deadLetters!: Counter;
  private retries!: Counter;

  constructor(private readonly settings: OpenSearchSettings) {
    const { maxDocuments, maxBytes, maxAgeMs } = settings.bulk;
    this.batching = { maxCount: maxDocuments, maxBytes, maxAgeMs };
  }

  setup({ metrics }: SetupContext): void {
    this.client = sharedOpenSearchClient(this.settings.connection);
    this.stopped = new AbortController();
    this.latePreparation = latePreparation(this.settings, this.stopped.signal);
    this.deadLetters = metrics.counter("deadLetters");
    this.retries = metrics.counter("retries");
  }

  async teardown(): Promise<void> {
    this.stopped.abort();
    await this.client.close();
  }

  sizeBytes({ payload, reason }: DeadLetter): number {
    return Math.ceil(payload.length / 3) * 4 + reason.length + 512;
  }

  async process(elements: readonly Element[]): Promise<void> {
    const writtenAtMs = Date.now();
    const operations = elements.flatMap(({ value }) => deadLetterOperations(value, writtenAtMs));
    await this.latePreparation();
    const outcomes = await sendBulk(this.client, operations, {
      index: this.settings.deadLetterIndex,
      maxRequestBytes: this.settings.bulk.maxBytes,
      maxRetryDurationMs: this.settings.bulk.maxRetryDurationMs,
      onRetry: (count) => this.retries.inc(count),
      signal: this.stopped.signal,
    });
    for (const outcome of outcomes) {
      if (outcome.stored) continue;
      throw new JobError(
        "INDEX_MISFIT",
        `A dead letter could not be kept in index "${this.settings.deadLetterIndex}": ${outcome.reason} Mend the index or name another, then start again; nothing is lost until then.`,
      );
    }
    for (const { value, emit } of elements) {
      this.deadLetters.inc(value.messageCount);
      await emit("written", { documentId: deadLetterId(value), messageCount: value.messageCount });
    }
  }
}

registerForSerialization("io/opensearch/write-dead-letters", { WriteDeadLetters });
