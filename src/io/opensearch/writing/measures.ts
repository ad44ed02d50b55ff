/** Histograms of bulk requests. OpenTelemetry advises wider bounds; a p99 can be read from these. */
import { closeBounds, type HistogramSpec } from "../../../beam";
import type { FailedBulkCause } from "../requests/retry";

/** From a few documents to a cluster in trouble. */
const BOUNDS_MS = [...closeBounds(10, 5_000), 10_000, 30_000];

/** Time of a bulk request that was answered. CloudWatch gets the coarse buckets alone, since it is paid for each. */
export const BULK_DURATION = {
  name: "bulk_operation",
  unit: "Ms",
  bounds: BOUNDS_MS,
  coarse: { name: "bulk", unit: "Ms", bounds: [50, 100, 200, 500, 1_000, 5_000] },
} as const satisfies HistogramSpec;

/** The same of a request that failed as a whole. */
export function failedBulkDuration(cause: FailedBulkCause): HistogramSpec {
  return { name: `bulk_failed_${cause}`, unit: "Ms", bounds: BOUNDS_MS };
}
