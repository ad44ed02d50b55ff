import { asyncBoundary, flatten, type PCollection, type PTransform, withName } from "./beam";
import { type Alert, LANES } from "./chat/alerts/alert";
import { alertOnMessages } from "./chat/alerts/alert-on-messages";
import { coolDown } from "./chat/alerts/cool-down";
import { countSuppressed } from "./chat/alerts/count-suppressed";
import type { EventSettings } from "./chat/alerts/event";
import { RECEIVERS, type ReceiverName } from "./chat/alerts/letters";
import type { AlertSettings, MessageLaneSettings } from "./chat/alerts/settings";
import { alertCoder } from "./chat/coders/alert";
import type { ChatMessage, DeadLetter } from "./chat/model";
import type { MessageSettings } from "./chat/steps/records/settings";
import { putEvents } from "./io/eventbridge/put-events";
import type { EventBridgeSettings } from "./io/eventbridge/settings";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import { suppressAlerts } from "./io/opensearch/alerts/suppress-alerts";
import { writeAlerts } from "./io/opensearch/alerts/write-alerts";
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

/** The receivers that are given, beside the log. */
export function receiversOf({ webhook, eventBridge: eventbridge }: AlertingSettings): readonly ReceiverName[] {
  const given = { webhook, eventbridge };
  return RECEIVERS.filter((name) => given[name] !== undefined);
}

interface JobSettings {
  readonly alerts: AlertingSettings;
  readonly openSearch: OpenSearchSettings;
}

export interface LaneSettings {
  readonly alerts: AlertingSettings;
  /** How messages were parsed. */
  readonly messages?: Pick<MessageSettings, "privacy">;
}

interface Delivered {
  readonly deadLetters: readonly PCollection<DeadLetter>[];
}

/** Twice the alerts that may wait for a receiver, so that there is always room for those that do not. */
const MAX_IN_FLIGHT = 2_000;
export const DEFAULT_MAX_WAITING = MAX_IN_FLIGHT / 2;

/** Settings for those who look into messages as they were parsed. */
export function laneSettings({ alerts, messages: { privacy } = {} }: LaneSettings): MessageLaneSettings {
  return privacy?.redaction === undefined ? alerts : { ...alerts, redaction: privacy.redaction };
}

/** The message lane: alerts of messages as they are parsed, whether or not their session is closed. */
export function messageLane(
  { messages, late }: { readonly messages: PCollection<ChatMessage>; readonly late?: PCollection<ChatMessage> },
  own: LaneSettings,
): PCollection<Alert> {
  const settings = laneSettings(own);
  const onTime = messages.apply(alertOnMessages(settings)).main;
  const all = late?.apply(withName("alertOnLateMessages", alertOnMessages(settings))).main;
  return flatten(all === undefined ? [onTime] : [onTime, all], "messageAlerts").apply(coolDown(own.alerts));
}

/**
 * Delivers alerts to their log and to each receiver, and to a receiver what is for it alone (`redriven`). A boundary
 * makes each a stage of its own, which waits for its calls by itself: so none holds back sessions or other receivers.
 * All wait for the index before, which alone knows who was erased: what a receiver was told cannot be taken back.
 */
export function deliverAlerts(
  lanes: readonly PCollection<Alert>[],
  settings: JobSettings,
  redriven?: Readonly<Record<ReceiverName, PCollection<Alert>>>,
): Delivered {
  const { openSearch, alerts } = settings;
  const kept = lanes.map((lane, place) => {
    const name = LANES[place] ?? place;
    const outcome = lane.apply(withName(`keep ${name} alerts`, suppressAlerts(openSearch)));
    outcome.suppressed.apply(withName(`count suppressed ${name} alerts`, countSuppressed()));
    return outcome;
  });
  const log = writeAlerts({ ...openSearch, ...eventSettings(alerts, openSearch.stream) });
  const told = kept.map(({ main }) => main);
  flatten(told, "alertsToLog").apply(behindBoundary("logAlerts", log));
  return tellReceivers(told, alerts, openSearch.stream, redriven);
}

/** Delivers alerts to all receivers but their log. */
export function tellReceivers(
  lanes: readonly PCollection<Alert>[],
  alerts: AlertingSettings,
  stream: string,
  redriven?: Readonly<Record<ReceiverName, PCollection<Alert>>>,
): Delivered {
  const { patience, webhook, eventBridge } = alerts;
  const shared = { ...eventSettings(alerts, stream), patience };
  // Beam's fuser gives a flattened collection two producers where it has several consumers, and then refuses it.
  const forOne = (receiver: ReceiverName): PCollection<Alert> =>
    flatten(redriven === undefined ? lanes : [...lanes, redriven[receiver]], `alerts for ${receiver}`);
  return {
    deadLetters: [
      ...(webhook === undefined
        ? []
        : [forOne("webhook").apply(behindBoundary("webhook", sendWebhook({ ...webhook, ...shared }))).deadLetters]),
      ...(eventBridge === undefined
        ? []
        : [
            forOne("eventbridge").apply(behindBoundary("eventbridge", putEvents({ ...eventBridge, ...shared })))
              .deadLetters,
          ]),
    ],
  };
}

function behindBoundary<O>(name: string, send: PTransform<PCollection<Alert>, O>) {
  const boundary = asyncBoundary(alertCoder, { maxElements: MAX_IN_FLIGHT });
  return withName(name, (alerts: PCollection<Alert>): O => alerts.apply(boundary).apply(send));
}

function eventSettings({ pageUrl }: AlertingSettings, stream: string): EventSettings {
  return pageUrl === undefined ? { stream } : { stream, pageUrl };
}
