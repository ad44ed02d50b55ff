import { doFn } from "../../beam";
import type { Written } from "../coders/written";

/**
 * Counts what became of sessions: a call of the stages before holds elements of several bundles, of which one may begin
 * anew, so they cannot count. Counters: documents, indexed, alreadyIndexed and suppressed (messages).
 */
export const countWritten = doFn("countWritten", {
  outputs: {},
  open(_settings: void, { metrics }) {
    const documents = metrics.counter("documents");
    const indexed = metrics.counter("indexed");
    const alreadyIndexed = metrics.counter("alreadyIndexed");
    const suppressed = metrics.counter("suppressed");
    return {
      process(written: Written) {
        documents.inc(written.documents);
        indexed.inc(written.indexed);
        alreadyIndexed.inc(written.alreadyIndexed);
        if (written.suppressed > 0) suppressed.inc(written.suppressed);
      },
    };
  },
});
