import type { ReceiverSettings } from "../receiver";

export interface WebhookSettings extends ReceiverSettings {
  /** An http or https URL. */
  readonly url: string;
  /** File with the key that signs, on every host that runs workers; its content travels nowhere. */
  readonly keyFile: string;
  readonly requestTimeoutMs: number;
}

/** A receiver that hangs is away; a person waits for what comes after. */
export const WEBHOOK_TIMEOUT_MS = 5_000;
export const MAX_WEBHOOK_CALLS = 8;
