/** Decides about an answer of the webhook. Pure. */
import { retryAfterMs } from "../../beam/retry";
import type { Answer } from "../receiver";

/**
 * Every 2xx means taken. What may pass is tried again: trouble of the receiver or of a proxy, throttling, and a refusal
 * of the request as a whole (401, 403, 404, 410, redirects), which somebody may mend before the patience ends. Other
 * 4xx are about this event.
 */
export function decideStatus(status: number, retryAfter: unknown): Answer {
  const why = `status ${status}`;
  if (status >= 200 && status < 300) return { kind: "taken" };
  const mayPass = status >= 500 || status < 400 || [401, 403, 404, 407, 408, 410, 425, 429].includes(status);
  return mayPass ? { kind: "again", why, retryAfterMs: retryAfterMs(retryAfter) } : { kind: "refused", why };
}

/** Decides about a request without an answer. */
export function decideNoAnswer(error: unknown): Answer {
  const { name, code, cause } = error as { name?: string; code?: unknown; cause?: { code?: unknown } };
  const known = [cause?.code, code].find((each) => typeof each === "string");
  return { kind: "again", why: known ?? name ?? "no answer" };
}
