import { closeBounds, type HistogramSpec } from "../../beam";
import type { Alert } from "./alert";
import type { ReceiverName } from "./letters";

/** A person should be told within a second, and a receiver has five minutes by default. */
const BOUNDS_MS: readonly number[] = [...closeBounds(100, 10_000), 20_000, 60_000, 300_000];
/** CloudWatch is paid for each bucket, hence so few. */
const COARSE_BOUNDS_MS: readonly number[] = [500, 1_000, 2_000, 5_000, 60_000, 300_000];

/**
 * Time from the arrival of an alert's record until a receiver has taken the alert, by receiver; "index" is the log. The
 * names of coarse buckets have letters and digits alone, so that CloudWatch gets these.
 */
export const ALERT_LATENCY = {
  index: latencySpec("alertLatencyLog"),
  eventbridge: latencySpec("alertLatencyEventBridge"),
  webhook: latencySpec("alertLatencyWebhook"),
} as const satisfies Readonly<Record<ReceiverName | "index", HistogramSpec>>;

function latencySpec(name: string) {
  const unit = "Ms";
  return { name: `${name}_close`, unit, bounds: BOUNDS_MS, coarse: { name, unit, bounds: COARSE_BOUNDS_MS } };
}

/** Undefined for an alert of a session, which has no record of its own. */
export function latencyMs({ arrivalMs }: Alert, nowMs: number): number | undefined {
  return arrivalMs === undefined ? undefined : nowMs - arrivalMs;
}
