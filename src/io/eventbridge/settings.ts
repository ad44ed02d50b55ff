import type { AwsPlace } from "../aws/client-settings";
import type { ReceiverSettings } from "../receiver";

export interface EventBridgeSettings extends ReceiverSettings {
  readonly connection: AwsPlace;
  /** Name or ARN. */
  readonly bus: string;
  readonly requestTimeoutMs: number;
}

export const EVENTBRIDGE_TIMEOUT_MS = 5_000;
export const MAX_EVENTBRIDGE_CALLS = 4;
/** PutEvents takes 10 entries and 256 KB (API Reference); some room is left for what the service adds. */
export const MAX_ENTRIES = 10;
export const MAX_REQUEST_BYTES = 240_000;
