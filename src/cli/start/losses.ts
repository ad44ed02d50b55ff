/** Says when the account of a run does not hold. */
import { type ReceiverName, undeliveredCounter } from "../../chat/alerts/letters";
import { JobError } from "../../chat/errors";
import type { Totals } from "./totals";

/** The ends of alerts: their log, and each receiver beside it. */
const NAMES: Readonly<Record<ReceiverName | "log", string>> = {
  log: "in their log",
  webhook: "taken by the webhook or a dead letter of it",
  eventbridge: "taken by EventBridge or a dead letter of it",
};

/**
 * Throws `JobError` LOST_MESSAGES or LOST_ALERTS unless every message and alert has ended somewhere. `receivers` are
 * those of alerts that the run has beside their log.
 */
export function refuseLosses(totals: Totals, receivers: readonly ReceiverName[]): void {
  const messages = unaccounted(totals);
  if (messages !== 0) {
    throw new JobError(
      "LOST_MESSAGES",
      messages > 0
        ? `${messages} messages were read and are neither in a session nor a duplicate nor a dead letter: please report this.`
        : `${-messages} messages are accounted for more than once: please report this, unless a bundle was retried.`,
    );
  }
  const alerts = (["log", ...receivers] as const)
    .map((end) => ({ end, lost: unaccountedAlerts(totals, end) }))
    .filter(({ lost }) => lost !== 0);
  // A loss says more than a surplus, which a retried bundle makes.
  const { end, lost } = alerts.find((each) => each.lost > 0) ?? alerts[0] ?? { end: "log", lost: 0 };
  if (lost !== 0) {
    throw new JobError(
      "LOST_ALERTS",
      lost > 0
        ? `${lost} alerts were raised and are neither suppressed nor ${NAMES[end]}: please report this.`
        : `${-lost} alerts are ${NAMES[end]} more than once: please report this, unless a bundle was retried.`,
    );
  }
}

/** Messages that were read and are neither in a session, nor a duplicate, nor suppressed, nor a dead letter. */
export function unaccounted({ suppressed = 0, ...totals }: Totals): number {
  return totals.read - totals.indexed - totals.alreadyIndexed - totals.duplicates - suppressed - totals.deadLetters;
}

/** Alerts that were raised, and have neither been suppressed nor come to this end; below 0 for more than there are. */
function unaccountedAlerts(totals: Totals, end: ReceiverName | "log"): number {
  const { alertsRaised = 0, alertsSuppressed = 0, alertsLogged = 0 } = totals;
  const { alertsToWebhook: webhook = 0, alertsToEventBridge: eventbridge = 0 } = totals;
  const taken = { log: alertsLogged, webhook, eventbridge };
  const undelivered = end === "log" ? 0 : (totals[undeliveredCounter(end)] ?? 0);
  return alertsRaised - alertsSuppressed - taken[end] - undelivered;
}
