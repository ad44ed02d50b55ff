import type { WebhookRequest } from "./request";

export interface WebhookAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
}

/** Sends one request. Rejects with Node's own errors where there is no answer in time. Redirects are not followed. */
export async function post(url: string, { body, headers }: WebhookRequest, timeoutMs: number): Promise<WebhookAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, { method: "POST", body, headers: { ...headers }, redirect: "manual", signal });
  // An answer's body says nothing here; the connection is free for the next request once it is gone.
  await response.body?.cancel();
  return { status: response.status, retryAfter: response.headers.get("retry-after") };
}
