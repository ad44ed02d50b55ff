import { asyncDoFn, type AsyncDoFnInstance, type AsyncElement, type Counter, type OpenContext } from "../../beam";
import { deadLetterCoder } from "../../chat/coders/dead-letter";
import { type WrittenDocument, writtenDocumentCoder } from "../../chat/coders/written-document";
import { JobError } from "../../chat/errors";
import type { DeadLetter, EmbeddedPart } from "../../chat/model";
import { sessionDeadLetter } from "../../chat/steps/dead-letter";
import { countRead } from "../../chat/steps/edits";
import { documentId, sessionDocument } from "../../chat/steps/document";
import { type BulkOperation, indexOperation } from "./bulk";
import { BulkWriter } from "./bulk-writer";
import { documentJson } from "./document-json";
import { batchingOf, type OpenSearchSettings } from "./settings";

type WriteOutputs = { written: WrittenDocument; deadLetters: DeadLetter };

interface Prepared {
  readonly element: AsyncElement<EmbeddedPart, WriteOutputs>;
  readonly id: string;
  readonly operation: BulkOperation;
}

/** Size of all but the vector and the texts. */
const FIXED_DOCUMENT_BYTES = 1_024;
const COMPONENT_BYTES = 13;
const KEY_BYTES = 25;

/**
 * 1. Each part ends in exactly one output: `written` once the cluster holds it, or `deadLetters`.
 * 2. A part's document has the same id whenever it is written.
 */
class WriteDocuments implements AsyncDoFnInstance<EmbeddedPart, WriteOutputs> {
  private readonly writer: BulkWriter;
  private readonly documents: Counter;
  private readonly inSessions: Counter;

  constructor(
    private readonly settings: OpenSearchSettings,
    context: OpenContext,
  ) {
    this.writer = new BulkWriter(settings, context);
    this.documents = context.metrics.counter("documents");
    this.inSessions = context.metrics.counter("inSessions");
  }

  close(): void {
    this.writer.close();
  }

  /** Estimates; the bulk request itself is cut by true sizes. */
  sizeBytes({ part, embedding, summary }: EmbeddedPart): number {
    const text = this.settings.storeMessages
      ? part.messages.reduce((sum, { content }) => sum + content.length + 64, 0)
      : 0;
    const keys = part.messages.length * KEY_BYTES;
    return FIXED_DOCUMENT_BYTES + text + keys + summary.summary.length + embedding.length * COMPONENT_BYTES;
  }

  async process(elements: readonly AsyncElement<EmbeddedPart, WriteOutputs>[]) {
    const prepared: Prepared[] = [];
    for (const element of elements) {
      const ready = this.prepare(element);
      const bytes = ready.operation.lines.length;
      if (bytes <= this.settings.bulk.maxDocumentBytes) prepared.push(ready);
      else
        await refuse(element, `The document of ${bytes} bytes is larger than ${this.settings.bulk.maxDocumentBytes}.`);
    }
    const outcomes = await this.writer.send(
      this.settings.index,
      prepared.map(({ operation }) => operation),
    );
    const later: AsyncElement<EmbeddedPart, WriteOutputs>[] = [];
    let delayMs = 0;
    for (const [index, { element, id }] of prepared.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined || outcome.stored) await this.written(element, id);
      else if ("reason" in outcome) await refuse(element, outcome.reason);
      else {
        later.push(element);
        delayMs = Math.max(delayMs, outcome.laterMs);
      }
    }
    return later.length === 0 ? undefined : { elements: later, delayMs };
  }

  private prepare(element: AsyncElement<EmbeddedPart, WriteOutputs>): Prepared {
    const { dimension } = this.settings;
    const { embedding, embeddingModel, part } = element.value;
    if (embedding.length !== dimension) {
      throw new JobError(
        "VECTOR_SIZE",
        `${embeddingModel} made a vector of ${embedding.length} numbers, and the index holds ${dimension}: set the embedding dimensions, or use another index.`,
      );
    }
    const id = documentId(part);
    const document = sessionDocument(element.value, this.settings, Date.now());
    return { element, id, operation: indexOperation(id, documentJson(document)) };
  }

  private async written(element: AsyncElement<EmbeddedPart, WriteOutputs>, id: string): Promise<void> {
    const messageCount = countRead(element.value.part.messages);
    this.documents.inc();
    this.inSessions.inc(messageCount);
    await element.emit("written", { documentId: id, messageCount });
  }
}

async function refuse({ value, emit }: AsyncElement<EmbeddedPart, WriteOutputs>, reason: string): Promise<void> {
  await emit("deadLetters", sessionDeadLetter("DOCUMENT_REFUSED", reason, value.part));
}

/**
 * Writes embedded session parts as documents to the index, in bulk. Needs an index that `prepareOpenSearch` approved,
 * or settings that say there is none yet.
 * Counters: documents, inSessions (messages in them), retries (documents sent again).
 */
export const writeOpenSearch = asyncDoFn("writeOpenSearch", {
  outputs: { written: writtenDocumentCoder, deadLetters: deadLetterCoder },
  calls: ({ bulk }: OpenSearchSettings) => ({
    maxConcurrentCalls: bulk.maxConcurrentRequests,
    batching: batchingOf(bulk),
  }),
  open: (settings: OpenSearchSettings, context) => new WriteDocuments(settings, context),
});
