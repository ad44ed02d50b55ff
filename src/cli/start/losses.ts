/** Says when the account of a run does not hold. */
import { JobError } from "../../chat/errors";
import type { Totals } from "./totals";

/**
 * Throws `JobError` LOST_MESSAGES or LOST_ALERTS unless every message and alert has ended somewhere. `receivers` is the
 * number of receivers of alerts beside their log.
 */
export function refuseLosses(totals: Totals, receivers: number): void {
  const messages = unaccounted(totals);
  if (messages !== 0) {
    throw new JobError(
      "LOST_MESSAGES",
      messages > 0
        ? `${messages} messages were read and are neither in a session nor a duplicate nor a dead letter: please report this.`
        : `${-messages} messages are accounted for more than once: please report this, unless a bundle was retried.`,
    );
  }
  const alerts = unaccountedAlerts(totals, receivers);
  if (alerts !== 0) {
    throw new JobError(
      "LOST_ALERTS",
      alerts > 0
        ? `${alerts} alerts were raised and are neither suppressed nor delivered nor a dead letter: please report this.`
        : `${-alerts} alerts are accounted for more than once: please report this, unless a bundle was retried.`,
    );
  }
}

/** Messages that were read and are neither in a session, nor a duplicate, nor suppressed, nor a dead letter. */
export function unaccounted({ suppressed = 0, ...totals }: Totals): number {
  return totals.read - totals.indexed - totals.alreadyIndexed - totals.duplicates - suppressed - totals.deadLetters;
}

/** Alerts that were raised, and are neither suppressed nor in their log; else those that receivers lack. */
function unaccountedAlerts(totals: Totals, receivers: number): number {
  const { alertsRaised = 0, alertsSuppressed = 0, alertsLogged = 0 } = totals;
  const { alertsToWebhook = 0, alertsToEventBridge = 0, alertsUndelivered = 0 } = totals;
  const due = alertsRaised - alertsSuppressed;
  const unlogged = due - alertsLogged;
  return unlogged !== 0 ? unlogged : receivers * due - alertsToWebhook - alertsToEventBridge - alertsUndelivered;
}
