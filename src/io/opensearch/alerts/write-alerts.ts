import { asyncDoFn, type AsyncElement, histogram, type NoOutputs } from "../../../beam";
import type { Alert } from "../../../chat/alerts/alert";
import type { EventSettings } from "../../../chat/alerts/event";
import { ALERT_LATENCY, latencyMs } from "../../../chat/alerts/latency";
import { JobError } from "../../../chat/errors";
import { alertOperation } from "./alert-document";
import { deleteAll } from "../writing/delete-all";
import { StageIndexAccess } from "../writing/index-access";
import { alertIndexOf, batchingOf, type OpenSearchSettings } from "../settings";
import { areKept } from "./suppress-alerts";

type LogOutputs = NoOutputs;

export interface AlertLogSettings extends OpenSearchSettings, Pick<EventSettings, "pageUrl"> {}

const ALERT_BYTES = 1_024;
/** An alert is told at once, and few come together. */
const MAX_AGE_MS = 20;

/**
 * Writes alerts to their log, under ids that make a replay overwrite itself. Trouble of the cluster is waited out, as
 * for documents. Alerts of messages that were erased meanwhile are deleted again. An alert that the cluster refuses
 * ends the run: so would its letter, which would go to the same place. Counters: alertsLogged, retries, and the buckets
 * of the log's latency.
 */
export const writeAlerts = asyncDoFn("writeAlerts", {
  outputs: {},
  calls: ({ bulk }: AlertLogSettings) => ({
    maxConcurrentCalls: 1,
    batching: { ...batchingOf(bulk), maxAgeMs: Math.min(MAX_AGE_MS, bulk.maxAgeMs) },
  }),
  open(settings: AlertLogSettings, context) {
    const access = new StageIndexAccess(settings, context);
    const logged = context.metrics.counter("alertsLogged");
    const latency = histogram(context.metrics, ALERT_LATENCY.index);
    const index = alertIndexOf(settings.index);
    return {
      sizeBytes: () => ALERT_BYTES,
      async process(elements: readonly AsyncElement<Alert, LogOutputs>[]) {
        const nowMs = Date.now();
        const operations = elements.map(({ value }) => alertOperation(value, settings, nowMs));
        const outcomes = await access.send(index, operations);
        const alerts = elements.map(({ value }) => value);
        const kept = await areKept(access, alerts, settings, nowMs);
        // An erasure that ran during the write may have missed them. They count as logged: receivers were told too.
        await deleteAll(
          access,
          index,
          alerts.flatMap(({ id }, place) => (kept[place] === true ? [] : [id])),
        );
        const later: AsyncElement<Alert, LogOutputs>[] = [];
        let delayMs = 0;
        for (const [at, element] of elements.entries()) {
          const outcome = outcomes[at]!;
          if (outcome.stored) {
            logged.inc();
            const ms = latencyMs(element.value, Date.now());
            if (ms !== undefined) latency.record(ms);
          } else if ("laterMs" in outcome) {
            later.push(element);
            delayMs = Math.max(delayMs, outcome.laterMs);
          } else {
            throw new JobError(
              "INDEX_MISFIT",
              `An alert could not be kept in index "${index}": ${outcome.reason} Mend the index, then start again; nothing is lost until then.`,
            );
          }
        }
        return later.length === 0 ? undefined : { elements: later, delayMs };
      },
      close: () => access.close(),
    };
  },
});
