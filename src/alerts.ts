import { asyncBoundary, flatten, type PCollection, withName } from "./beam";
import type { Alert } from "./chat/alerts/alert";
import { alertOnMessages } from "./chat/alerts/alert-on-messages";
import { coolDown } from "./chat/alerts/cool-down";
import type { EventSettings } from "./chat/alerts/event";
import type { ReceiverName } from "./chat/alerts/letters";
import type { AlertSettings } from "./chat/alerts/settings";
import { alertCoder } from "./chat/coders/alert";
import type { ChatMessage, DeadLetter } from "./chat/model";
import { putEvents } from "./io/eventbridge/put-events";
import type { EventBridgeSettings } from "./io/eventbridge/settings";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import { writeAlerts } from "./io/opensearch/write-alerts";
import type { Patience, ReceiverSettings } from "./io/receiver";
import { sendWebhook } from "./io/webhook/send-webhook";
import type { WebhookSettings } from "./io/webhook/settings";

type Own<T extends ReceiverSettings> = Omit<T, keyof ReceiverSettings>;

export interface AlertingSettings extends AlertSettings, Pick<EventSettings, "pageUrl"> {
  /** With every receiver but the log. */
  readonly patience: Patience;
  readonly webhook?: Own<WebhookSettings>;
  readonly eventBridge?: Own<EventBridgeSettings>;
}

interface JobSettings {
  readonly alerts: AlertingSettings;
  readonly openSearch: OpenSearchSettings;
}

/** Twice the alerts that may wait for a receiver, so that there is always room for those that do not. */
const MAX_IN_FLIGHT = 2_000;
export const DEFAULT_MAX_WAITING = MAX_IN_FLIGHT / 2;

/** The message lane: alerts of messages as they are parsed, whether or not their session is closed. */
export function messageLane(
  { messages, late }: { readonly messages: PCollection<ChatMessage>; readonly late?: PCollection<ChatMessage> },
  { alerts }: JobSettings,
): PCollection<Alert> {
  const onTime = messages.apply(alertOnMessages(alerts)).main;
  const all = late?.apply(withName("alertOnLateMessages", alertOnMessages(alerts))).main;
  return flatten(all === undefined ? [onTime] : [onTime, all], "messageAlerts").apply(coolDown(alerts));
}

/**
 * Delivers alerts to each receiver, and to each what is for it alone (`redriven`). A boundary makes each a stage of its
 * own, which waits for its calls by itself: so none holds back sessions or other receivers.
 */
export function deliverAlerts(
  lanes: readonly PCollection<Alert>[],
  { alerts, openSearch }: JobSettings,
  redriven?: Readonly<Record<ReceiverName, PCollection<Alert>>>,
): { readonly deadLetters: readonly PCollection<DeadLetter>[] } {
  const { patience, pageUrl, webhook, eventBridge } = alerts;
  const all = flatten(lanes, "alerts");
  const event = { stream: openSearch.stream, ...(pageUrl === undefined ? {} : { pageUrl }) };
  const forOne = (receiver: ReceiverName): PCollection<Alert> =>
    redriven === undefined ? all : flatten([all, redriven[receiver]], `for ${receiver}`);
  all.apply(
    withName("logAlerts", (input: PCollection<Alert>) =>
      input.apply(apart()).apply(writeAlerts({ ...openSearch, ...event })),
    ),
  );
  const receivers = [
    webhook && ({ name: "webhook", send: sendWebhook({ ...webhook, ...event, patience }) } as const),
    eventBridge && ({ name: "eventbridge", send: putEvents({ ...eventBridge, ...event, patience }) } as const),
  ].filter((each) => each !== undefined);
  const deadLetters = receivers.map(
    ({ name, send }) =>
      forOne(name).apply(withName(name, (input: PCollection<Alert>) => input.apply(apart()).apply(send))).deadLetters,
  );
  return { deadLetters };
}

function apart() {
  return asyncBoundary(alertCoder, { maxElements: MAX_IN_FLIGHT });
}
