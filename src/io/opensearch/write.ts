import { asyncParDo } from "../../beam";
import { deadLetterCoder } from "../../chat/coders/dead-letter";
import { writtenDocumentCoder } from "../../chat/coders/written-document";
import type { DeadLetter, EmbeddedPart } from "../../chat/model";
import type { OpenSearchSettings } from "./settings";
import { type DeadLetterOutputs, WriteDeadLetters } from "./write-dead-letters";
import { WriteDocuments, type WriteOutputs } from "./write-documents";

/**
 * Embedded session parts → documents in the index, in bulk. Needs an index that `prepareOpenSearch` approved, or
 * settings that say there is none yet.
 * Counters: documents, inSessions (messages in them), retries (documents sent again).
 */
export function writeOpenSearch(settings: OpenSearchSettings) {
  return asyncParDo<EmbeddedPart, WriteOutputs>("writeOpenSearch", new WriteDocuments(settings), {
    written: writtenDocumentCoder,
    deadLetters: deadLetterCoder,
  });
}

/**
 * Dead letters → their own index, under ids that make a replay overwrite itself.
 * Counters: deadLetters (messages that they stand for), retries.
 */
export function writeDeadLetters(settings: OpenSearchSettings) {
  return asyncParDo<DeadLetter, DeadLetterOutputs>("writeDeadLetters", new WriteDeadLetters(settings), {
    written: writtenDocumentCoder,
  });
}
