import type { MetricResult } from "../../beam";

/** Totals of a run so far. The first four are in messages. */
export interface Totals {
  readonly read: number;
  /** Messages in the documents written. */
  readonly inSessions: number;
  readonly duplicates: number;
  /** Messages that the dead letters written stand for. */
  readonly deadLetters: number;
  /** Sessions closed. */
  readonly sessions: number;
  /** Documents written. */
  readonly documents: number;
}

const NAMES = ["read", "inSessions", "duplicates", "deadLetters", "sessions", "documents"] as const;

/** Counters summed by name over all transforms: each of these names belongs to one stage alone. */
export function totalsOf(metrics: readonly MetricResult[]): Totals {
  const totals: Record<keyof Totals, number> = {
    read: 0,
    inSessions: 0,
    duplicates: 0,
    deadLetters: 0,
    sessions: 0,
    documents: 0,
  };
  for (const metric of metrics) {
    const name = NAMES.find((each) => each === metric.name);
    if (name !== undefined && metric.kind === "counter") totals[name] += metric.value;
  }
  return totals;
}

/** Milliseconds that reading is behind the newest record, on the worst shard; undefined before the first answer. */
export function lagMs(metrics: readonly MetricResult[]): number | undefined {
  const lags = metrics.flatMap((metric) =>
    metric.kind === "gauge" && metric.name === "behindArrivalMs" ? [metric.value] : [],
  );
  return lags.length === 0 ? undefined : Math.max(...lags);
}

/** Messages that were read and are neither in a session, nor a duplicate, nor a dead letter. */
export function unaccounted(totals: Totals): number {
  return totals.read - totals.inSessions - totals.duplicates - totals.deadLetters;
}
