import {
  asyncDoFn,
  type AsyncDoFnInstance,
  type AsyncElement,
  type Counter,
  type NoOutputs,
  type OpenContext,
} from "../../../beam";
import type { AskedVersions, EmbeddedPart } from "../../../chat/model";
import type { PlannedSession } from "../../../chat/plan";
import type { SessionDocument } from "../../../chat/steps/documents/document";
import { copiedSource, isSameWriting } from "../../../chat/steps/documents/plan-copy";
import { numberedOperation } from "../requests/bulk";
import { BulkWriter } from "../writing/bulk-writer";
import { type OpenSearchClient, sharedOpenSearchClient } from "../requests/client";
import { documentJson } from "../writing/document-json";
import { multiGet } from "../requests/multi-get";
import { batchingOf, type OpenSearchSettings } from "../settings";
import { copyNumber } from "./vector-copy";

type Plan = PlannedSession<EmbeddedPart>;
type Element = AsyncElement<Plan, NoOutputs>;

export interface WriteCopiesSettings {
  /** Its `index` is the copy. */
  readonly openSearch: OpenSearchSettings;
  readonly from: string;
  readonly versions: AskedVersions;
}

/** Reads each document once more: its vector was made for one writing, and another one is copied another time. */
class WriteCopies implements AsyncDoFnInstance<Plan, NoOutputs> {
  private readonly client: OpenSearchClient;
  private readonly writer: BulkWriter;
  private readonly written: Counter;

  constructor(
    private readonly settings: WriteCopiesSettings,
    context: OpenContext,
  ) {
    const { openSearch } = settings;
    this.client = sharedOpenSearchClient(context.shared, openSearch.connection);
    this.writer = new BulkWriter(openSearch, context);
    this.written = context.metrics.counter("documents");
  }

  close(): void {
    this.writer.close();
  }

  async process(elements: readonly Element[]) {
    const { from, openSearch, versions } = this.settings;
    const documents = elements.map(({ value }) => value.documents[0]!);
    const ids = documents.map(({ id }) => id);
    const found = await multiGet<SessionDocument>(this.client, ids, { index: from, fields: "all" });
    const sent = elements.flatMap((element, place) => {
      const [document, now] = [documents[place]!, found[place]];
      if (now === undefined || !isSameWriting(now.version, document.replaces!)) return [];
      const json = documentJson(copiedSource(now.source, document, versions, Date.now()));
      return [{ element, operation: numberedOperation(document.id, json, copyNumber(now.version)) }];
    });
    const outcomes = await this.writer.send(
      openSearch.index,
      sent.map(({ operation }) => operation),
    );
    const later: Element[] = [];
    let delayMs = 0;
    for (const [place, { element }] of sent.entries()) {
      const outcome = outcomes[place]!;
      if (outcome.stored) this.written.inc();
      else if ("laterMs" in outcome) {
        later.push(element);
        delayMs = Math.max(delayMs, outcome.laterMs);
      }
    }
    return later.length === 0 ? undefined : { elements: later, delayMs };
  }
}

/** Writes documents of one index with new vectors into another. Counters: documents, retries. */
export const writeCopies = asyncDoFn("writeCopies", {
  outputs: {},
  calls: ({ openSearch: { bulk } }: WriteCopiesSettings) => ({
    maxConcurrentCalls: bulk.maxConcurrentRequests,
    batching: batchingOf(bulk),
  }),
  open: (settings: WriteCopiesSettings, context) => new WriteCopies(settings, context),
});
