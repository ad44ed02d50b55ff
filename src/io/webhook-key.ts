import type { Shared } from "../beam";
import { WEBHOOK } from "../chat/privacy/wrapped-key";
import { unwrapped } from "./kms/unwrap";
import { readWebhookKey, webhookKeyIn } from "./webhook/key";
import type { WebhookKey } from "./webhook/settings";

/**
 * The key that signs: in this host's file, or unwrapped by KMS, once for all of a process that share `shared`. Rejects
 * as `readWebhookKey` and `unwrapped` do.
 */
export async function webhookKeyFor(
  key: WebhookKey,
  { shared, maxAttempts }: { readonly shared?: Shared; readonly maxAttempts?: number } = {},
): Promise<Uint8Array> {
  if ("path" in key) return readWebhookKey(key.path);
  const unwrap = async (): Promise<Uint8Array> =>
    webhookKeyIn(Buffer.from(await unwrapped(key, WEBHOOK, maxAttempts)).toString("utf8"), WEBHOOK.wrappedFlag);
  return shared?.get(`webhook key ${key.wrapped} of ${key.keyArn}`, unwrap) ?? unwrap();
}
