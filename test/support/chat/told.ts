/** Alerts that must be told, and those that a receiver got. */
import type { AlertEvent } from "../../../src/chat/alerts/event";
import type { Alert } from "../../../src/chat/alerts/alert";
import { messageAlerts } from "../../../src/chat/alerts/raise";
import { BUILT_IN_RULES, redactedIn, ruleDetectorOf } from "../../../src/chat/alerts/rules";
import type { ChatMessage } from "../../../src/chat/model";
import type { LocalReceiver } from "../../../src/local/receiver/server";

const detect = ruleDetectorOf(BUILT_IN_RULES);

/** Alerts that these messages raise in the message lane, as they are after parsing. */
export function raisedBy(messages: readonly ChatMessage[]): readonly Alert[] {
  return messages.flatMap((message) =>
    messageAlerts(message, [...detect(message.content), ...redactedIn(message, BUILT_IN_RULES)], []),
  );
}

/** Events of a receiver, in order of arrival. */
export function eventsAt(receiver: LocalReceiver): readonly AlertEvent[] {
  return receiver.received().map(({ event }) => event as AlertEvent);
}
