/**
 * Requests of the webhook, signed as the Standard Webhooks specification has it (standardwebhooks.com), for which
 * libraries exist in most languages. Pure.
 */
import { createHmac } from "node:crypto";
import type { AlertEvent } from "../../chat/alerts/event";

export interface WebhookRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One event in CloudEvents' JSON format; `nowMs` is signed with it, so that a receiver can refuse an old request. */
export function webhookRequest(event: AlertEvent, key: Uint8Array, nowMs: number): WebhookRequest {
  const body = JSON.stringify(event);
  const seconds = String(Math.floor(nowMs / 1_000));
  return {
    body,
    headers: {
      "content-type": "application/cloudevents+json; charset=utf-8",
      "webhook-id": event.id,
      "webhook-timestamp": seconds,
      "webhook-signature": `v1,${signature(key, event.id, seconds, body)}`,
    },
  };
}

/** HMAC-SHA256 over id, time and body, in base64. */
export function signature(key: Uint8Array, id: string, seconds: string, body: string): string {
  return createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
}
