import type { WrappedKey } from "../../chat/privacy/settings";
import type { ReceiverSettings } from "../receiver";

/** The key that signs: a file on every host that runs workers, whose content travels nowhere, or wrapped by KMS. */
export type WebhookKey = { readonly path: string } | WrappedKey;

export interface WebhookSettings extends ReceiverSettings {
  /** An http or https URL. */
  readonly url: string;
  readonly key: WebhookKey;
  readonly requestTimeoutMs: number;
}

/** A receiver that hangs is away; a person waits for what comes after. */
export const WEBHOOK_TIMEOUT_MS = 5_000;
export const MAX_WEBHOOK_CALLS = 8;
