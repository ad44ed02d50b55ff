import { asyncDoFn } from "../../beam";
import type { AlertEvent } from "../../chat/alerts/event";
import { deadLetterCoder } from "../../chat/coders/dead-letter";
import { type Answer, Deliverer, type Receiver } from "../receiver";
import { webhookKeyFor } from "../webhook-key";
import { post } from "./client";
import { webhookRequest } from "./request";
import { decideNoAnswer, decideStatus } from "./retry";
import { MAX_WEBHOOK_CALLS, type WebhookSettings } from "./settings";

/** One request for each event. */
function webhookReceiver({ url, requestTimeoutMs }: WebhookSettings, key: Uint8Array): Receiver {
  const send = async (event: AlertEvent): Promise<Answer> => {
    try {
      const { status, retryAfter } = await post(url, webhookRequest(event, key, Date.now()), requestTimeoutMs);
      return decideStatus(status, retryAfter);
    } catch (error) {
      return decideNoAnswer(error);
    }
  };
  return { send: (events) => Promise.all(events.map(send)), close: () => undefined };
}

/** Sends alerts to a webhook. Counters: alertsToWebhook, and those of `Deliverer`. */
export const sendWebhook = asyncDoFn("sendWebhook", {
  outputs: { deadLetters: deadLetterCoder },
  calls: { maxConcurrentCalls: MAX_WEBHOOK_CALLS },
  async open(settings: WebhookSettings, context) {
    const receiver = webhookReceiver(settings, await webhookKeyFor(settings.key, context));
    return new Deliverer("webhook", receiver, settings, context, context.metrics.counter("alertsToWebhook"));
  },
});
