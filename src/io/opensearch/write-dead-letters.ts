import { asyncDoFn, type AsyncDoFnInstance, type AsyncElement, type Counter, type OpenContext } from "../../beam";
import { type WrittenDocument, writtenDocumentCoder } from "../../chat/coders/written-document";
import { JobError } from "../../chat/errors";
import type { DeadLetter } from "../../chat/model";
import { deadLetterId } from "../../chat/steps/document";
import { BulkWriter } from "./bulk-writer";
import { deadLetterOperations } from "./dead-letter-document";
import { batchingOf, type OpenSearchSettings } from "./settings";

type DeadLetterOutputs = { written: WrittenDocument };
type Element = AsyncElement<DeadLetter, DeadLetterOutputs>;

/** Writes dead letters. One that the cluster refuses ends the run, because there is nowhere else for it to go. */
class WriteDeadLetters implements AsyncDoFnInstance<DeadLetter, DeadLetterOutputs> {
  private readonly writer: BulkWriter;
  private readonly deadLetters: Counter;

  constructor(
    private readonly settings: OpenSearchSettings,
    context: OpenContext,
  ) {
    this.writer = new BulkWriter(settings, context);
    this.deadLetters = context.metrics.counter("deadLetters");
  }

  close(): void {
    this.writer.close();
  }

  sizeBytes({ payload, reason }: DeadLetter): number {
    return Math.ceil(payload.length / 3) * 4 + reason.length + 512;
  }

  async process(elements: readonly Element[]): Promise<void> {
    const writtenAtMs = Date.now();
    const operations = elements.flatMap(({ value }) => deadLetterOperations(value, writtenAtMs));
    const outcomes = await this.writer.send(this.settings.deadLetterIndex, operations);
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

/**
 * Writes dead letters to their own index, under ids that make a replay overwrite itself.
 * Counters: deadLetters (messages that they stand for), retries.
 */
export const writeDeadLetters = asyncDoFn("writeDeadLetters", {
  outputs: { written: writtenDocumentCoder },
  calls: ({ bulk }: OpenSearchSettings) => ({
    maxConcurrentCalls: 1,
    batching: batchingOf(bulk),
  }),
  open: (settings: OpenSearchSettings, context) => new WriteDeadLetters(settings, context),
});
