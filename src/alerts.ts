import { asyncBoundary, flatten, type PCollection, withName } from "./beam";
import type { Alert } from "./chat/alerts/alert";
import { alertOnMessages } from "./chat/alerts/alert-on-messages";
import { coolDown } from "./chat/alerts/cool-down";
import type { EventSettings } from "./chat/alerts/event";
import type { AlertSettings } from "./chat/alerts/settings";
import { alertCoder } from "./chat/coders/alert";
import type { ChatMessage } from "./chat/model";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import { writeAlerts } from "./io/opensearch/write-alerts";

export interface AlertingSettings extends AlertSettings, Pick<EventSettings, "pageUrl"> {}

interface JobSettings {
  readonly alerts: AlertingSettings;
  readonly openSearch: OpenSearchSettings;
}

/** Alerts of a receiver that are under way at once in a process. */
const MAX_IN_FLIGHT = 2_000;

/** The message lane: alerts of messages as they are parsed, whether or not their session is closed. */
export function messageLane(
  source: Readonly<Record<"messages" | "late", PCollection<ChatMessage>>>,
  { alerts }: JobSettings,
) {
  const onTime = source.messages.apply(alertOnMessages(alerts)).main;
  const late = source.late.apply(withName("alertOnLateMessages", alertOnMessages(alerts))).main;
  return flatten([onTime, late], "messageAlerts").apply(coolDown(alerts));
}

/**
 * Delivers alerts to each receiver. A boundary makes each a stage of its own, which waits for its calls by itself: so
 * none holds back sessions or other receivers.
 */
export function deliverAlerts(lanes: readonly PCollection<Alert>[], { alerts, openSearch }: JobSettings): void {
  const all = flatten(lanes, "alerts");
  const { pageUrl } = alerts;
  const log = writeAlerts({ ...openSearch, ...(pageUrl === undefined ? {} : { pageUrl }) });
  all.apply(withName("logAlerts", (input: PCollection<Alert>) => input.apply(apart()).apply(log)));
}

function apart() {
  return asyncBoundary(alertCoder, { maxElements: MAX_IN_FLIGHT });
}
