import type { HistogramSpec } from "../../beam";
import type { Alert } from "./alert";
import type { ReceiverName } from "./letters";

/**
 * Upper bounds in milliseconds. A person should be told within a second, and a receiver has five minutes by default.
 * Each bucket is paid for on CloudWatch, hence so few.
 */
const BOUNDS: readonly number[] = [500, 1_000, 2_000, 5_000, 60_000, 300_000];

/**
 * Time from the arrival of an alert's record until a receiver has taken the alert, by receiver; "index" is the log.
 * Names have letters and digits alone, so that CloudWatch gets them.
 */
export const ALERT_LATENCY: Readonly<Record<ReceiverName | "index", HistogramSpec>> = {
  index: { name: "alertLatencyLog", unit: "Ms", bounds: BOUNDS },
  eventbridge: { name: "alertLatencyEventBridge", unit: "Ms", bounds: BOUNDS },
  webhook: { name: "alertLatencyWebhook", unit: "Ms", bounds: BOUNDS },
};

/** Undefined for an alert of a session, which has no record of its own. */
export function latencyMs({ arrivalMs }: Alert, nowMs: number): number | undefined {
  return arrivalMs === undefined ? undefined : nowMs - arrivalMs;
}
