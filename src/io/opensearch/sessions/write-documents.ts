import { asyncDoFn, type AsyncDoFnInstance, type AsyncElement, type OpenContext } from "../../../beam";
import { deadLetterCoder } from "../../../chat/coders/dead-letter";
import { rulesIn, type RuleSettings } from "../../../chat/alerts/rules-in";
import { sharedDetector } from "../../../chat/alerts/shared-detector";
import { type Written, writtenCoder } from "../../../chat/coders/written";
import { JobError } from "../../../chat/errors";
import type { DeadLetter, EmbeddedPart } from "../../../chat/model";
import type { PlannedDocument, PlannedSession } from "../../../chat/plan";
import { countRead } from "../../../chat/steps/sessions/edits";
import { sessionDocument } from "../../../chat/steps/documents/document";
import { roomLog } from "../../../log";
import { type BulkOperation, exactOperation } from "../requests/bulk";
import { documentJson } from "../writing/document-json";
import { StageIndexAccess } from "../writing/index-access";
import { type KnownAnswers, sharedAnswers } from "./known-answers";
import { batchingOf, type OpenSearchSettings } from "../settings";
import { writePlans } from "./write-plans";

type WriteOutputs = { written: Written; deadLetters: DeadLetter };
type Plan = PlannedSession<EmbeddedPart>;

const log = roomLog("opensearch");

export interface WriteSettings extends OpenSearchSettings {
  /** Two documents of a user this far apart belong to two sessions. */
  readonly gapMs: number;
  /** The rules of alerts, for documents to name those that their content hits. */
  readonly alerts: RuleSettings;
}

/** Size of all but the vector and the texts. */
const FIXED_DOCUMENT_BYTES = 1_024;
const COMPONENT_BYTES = 13;
const KEY_BYTES = 25;

/**
 * 1. Each session ends in `written` once the cluster holds it, and its parts that were given up in `deadLetters`.
 * 2. One that others were faster with begins anew; the models' answers are remembered for it.
 */
class WriteSessions implements AsyncDoFnInstance<Plan, WriteOutputs> {
  private readonly access: StageIndexAccess;
  private readonly answers: KnownAnswers;
  private readonly alertsOf: ReturnType<typeof rulesIn>;

  constructor(
    private readonly settings: WriteSettings,
    context: OpenContext,
  ) {
    this.access = new StageIndexAccess(settings, context);
    this.answers = sharedAnswers(context.shared);
    this.alertsOf = rulesIn(settings.alerts, sharedDetector(settings.alerts, context.shared));
  }

  close(): void {
    this.access.close();
  }

  /** Estimates; the bulk request itself is cut by true sizes. */
  sizeBytes({ documents }: Plan): number {
    return documents.reduce((sum, { content }) => sum + this.documentBytes(content), 0);
  }

  async process(elements: readonly AsyncElement<Plan, WriteOutputs>[]) {
    const later: AsyncElement<Plan, WriteOutputs>[] = [];
    let delayMs = 0;
    const written = await writePlans(
      this.access,
      elements.map(({ value }) => value),
      {
        indexes: this.settings,
        gapMs: this.settings.gapMs,
        operationOf: (document) => this.operationOf(document),
        nowMs: Date.now,
      },
    );
    const writtenMs = Date.now();
    for (const [index, element] of elements.entries()) {
      const { value, emit, again } = element;
      const result = written[index]!;
      if (result.kind === "later") {
        later.push(element);
        delayMs = Math.max(delayMs, result.delayMs);
        continue;
      }
      if (result.kind === "again") {
        for (const { contentHash, content } of value.documents) this.answers.remember(contentHash, content);
        log.debug({ index: this.settings.index }, "A session met another writer of its user, and begins anew");
        again();
        continue;
      }
      for (const letter of result.letters) await emit("deadLetters", letter);
      const given = result.letters.reduce((sum, { messageCount }) => sum + messageCount, 0);
      const indexed = countRead(value.fresh) - given;
      if (result.documents === 0) continue;
      const { closedMs } = value.session;
      const freshness = closedMs === undefined ? {} : { freshnessMs: Math.max(0, writtenMs - closedMs) };
      const counts = { documents: result.documents, indexed, alreadyIndexed: 0, suppressed: 0 };
      await emit("written", { ...counts, ...freshness });
    }
    return later.length === 0 ? undefined : { elements: later, delayMs };
  }

  private documentBytes({ part, embedding, summary }: EmbeddedPart): number {
    const text = this.settings.storeMessages
      ? part.messages.reduce((sum, { content }) => sum + content.length + 64, 0)
      : 0;
    const keys = part.messages.length * KEY_BYTES;
    return FIXED_DOCUMENT_BYTES + text + keys + summary.summary.length + embedding.length * COMPONENT_BYTES;
  }

  private operationOf(document: PlannedDocument<EmbeddedPart>): BulkOperation | { readonly reason: string } {
    const { dimension, bulk } = this.settings;
    const { embedding, embeddingModel } = document.content;
    if (embedding.length !== dimension) {
      throw new JobError(
        "VECTOR_SIZE",
        `${embeddingModel} made a vector of ${embedding.length} numbers, and the index holds ${dimension}: set the embedding dimensions, or use another index.`,
      );
    }
    const alerts = this.alertsOf(document.content);
    const json = documentJson(sessionDocument(document, this.settings, Date.now(), alerts));
    const operation = exactOperation(document.id, json, document.replaces);
    const bytes = operation.lines.length;
    if (bytes <= bulk.maxDocumentBytes) return operation;
    return { reason: `The document of ${bytes} bytes is larger than ${bulk.maxDocumentBytes}.` };
  }
}

/**
 * Carries out plans of sessions in the index, in bulk. Needs an index that `prepareOpenSearch` approved, or settings
 * that say there is none yet. Counter: retries (operations sent again); `written` is to be counted.
 */
export const writeOpenSearch = asyncDoFn("writeOpenSearch", {
  outputs: { written: writtenCoder, deadLetters: deadLetterCoder },
  calls: ({ bulk }: WriteSettings) => ({
    maxConcurrentCalls: bulk.maxConcurrentRequests,
    batching: batchingOf(bulk),
  }),
  open: (settings: WriteSettings, context) => new WriteSessions(settings, context),
});
