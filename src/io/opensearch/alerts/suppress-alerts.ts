import { asyncDoFn, type AsyncElement } from "../../../beam";
import type { Alert } from "../../../chat/alerts/alert";
import { alertCoder } from "../../../chat/coders/alert";
import { type IndexAccess, StageIndexAccess } from "../writing/index-access";
import { readErasures } from "../writing/read-erasures";
import type { OpenSearchSettings } from "../settings";

type AlertOutputs = { main: Alert; suppressed: Alert };

/** Alerts must not wait, so only those of a few milliseconds are asked about together. */
const READ = { maxCount: 200, maxBytes: 1_048_576, maxAgeMs: 5 };
const ALERT_BYTES = 1_024;

/** Tells of each alert whether it may be told: it is not of erased messages, nor older than the retention. */
export async function areKept(
  access: Pick<IndexAccess, "get">,
  alerts: readonly Alert[],
  { ledgerIndex, retentionMs }: { readonly ledgerIndex: string; readonly retentionMs?: number },
  nowMs: number,
): Promise<readonly boolean[]> {
  const hashes = alerts.flatMap(({ sessionKeyHash, userHash }) => [sessionKeyHash, userHash]);
  const erased = await readErasures(access, hashes, ledgerIndex);
  const expiredBeforeMs = retentionMs === undefined ? Number.NEGATIVE_INFINITY : nowMs - retentionMs;
  return alerts.map(({ sessionKeyHash, userHash, startMs, endMs, arrivalMs = startMs }) => {
    const erasedMs = [sessionKeyHash, userHash].map((hash) => erased.get(hash) ?? Number.NEGATIVE_INFINITY);
    return Math.min(startMs, arrivalMs) >= Math.max(...erasedMs) && endMs >= expiredBeforeMs;
  });
}

/**
 * Sets alerts apart of messages that were erased, or are older than the retention: a replay would tell of them again.
 */
export const suppressAlerts = asyncDoFn("suppressAlerts", {
  outputs: { main: alertCoder, suppressed: alertCoder },
  calls: ({ bulk }: OpenSearchSettings) => ({ maxConcurrentCalls: bulk.maxConcurrentRequests, batching: READ }),
  open(settings: OpenSearchSettings, context) {
    const access = new StageIndexAccess(settings, context);
    return {
      sizeBytes: () => ALERT_BYTES,
      async process(elements: readonly AsyncElement<Alert, AlertOutputs>[]) {
        const alerts = elements.map(({ value }) => value);
        const kept = await areKept(access, alerts, settings, Date.now());
        for (const [place, { value, emit }] of elements.entries()) {
          await emit(kept[place] === true ? "main" : "suppressed", value);
        }
      },
      close: () => access.close(),
    };
  },
});
