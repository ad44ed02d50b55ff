import { closeBounds, doFn, histogram, type HistogramSpec } from "../../../beam";
import type { Written } from "../../coders/written";

/**
 * Time from a session's closing by the watermark until OpenSearch has it. CloudWatch gets the coarse buckets alone,
 * whose name has letters and digits only, because it is paid for each.
 */
export const FRESHNESS = {
  name: "freshness_close",
  unit: "Ms",
  bounds: [...closeBounds(500, 50_000), 100_000, 200_000, 300_000],
  coarse: { name: "freshness", unit: "Ms", bounds: [1_000, 2_000, 5_000, 15_000, 60_000, 300_000] },
} as const satisfies HistogramSpec;

/**
 * Counts what became of sessions: a call of the stages before holds elements of several bundles, of which one may begin
 * anew, so they cannot count. Counters: documents, indexed, alreadyIndexed and suppressed (messages), and the buckets
 * of freshness.
 */
export const countWritten = doFn("countWritten", {
  outputs: {},
  open(_settings: void, { metrics }) {
    const documents = metrics.counter("documents");
    const indexed = metrics.counter("indexed");
    const alreadyIndexed = metrics.counter("alreadyIndexed");
    const suppressed = metrics.counter("suppressed");
    const freshness = histogram(metrics, FRESHNESS);
    return {
      process(written: Written) {
        documents.inc(written.documents);
        indexed.inc(written.indexed);
        alreadyIndexed.inc(written.alreadyIndexed);
        if (written.suppressed > 0) suppressed.inc(written.suppressed);
        if (written.freshnessMs !== undefined) freshness.record(written.freshnessMs);
      },
    };
  },
});
