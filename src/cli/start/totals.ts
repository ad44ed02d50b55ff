import type { MetricResult } from "../../beam";
import { counted } from "../terminal/safe-text";

/** Totals of a run so far. The first five are in messages. */
export interface Totals {
  readonly read: number;
  /** Messages in the documents written. */
  readonly indexed: number;
  /** Messages that the index held before. */
  readonly alreadyIndexed: number;
  readonly duplicates: number;
  /** Messages that the dead letters written stand for. */
  readonly deadLetters: number;
  /** Sessions closed. */
  readonly sessions: number;
  /** Documents written. */
  readonly documents: number;
  /** Messages whose id another text of their session had before; absent when there are none. */
  readonly edits?: number;
  /** Messages that may not be kept: erased, or older than the retention; absent when there are none. */
  readonly suppressed?: number;
  /** Messages whose id cannot be used, taken as messages without one; absent when there are none. */
  readonly unusableIds?: number;
  /** Records in which --envelope and --messages-field find no message; absent when there are none. */
  readonly withoutMessages?: number;
  /** Alerts of both lanes; absent, as what follows, when there are none. */
  readonly alertsRaised?: number;
  /** Alerts within the cool-down of another one, and of what was erased or is older than the retention. */
  readonly alertsSuppressed?: number;
  /** Alerts in their log. */
  readonly alertsLogged?: number;
  readonly alertsToWebhook?: number;
  readonly alertsToEventBridge?: number;
  /** Alerts that one of these did not take, each a dead letter of its own. */
  readonly alertsUndelivered?: number;
  /** The same by receiver. */
  readonly alertsUndelivered_webhook?: number;
  readonly alertsUndelivered_eventbridge?: number;
}

const NAMES = ["read", "indexed", "alreadyIndexed", "duplicates", "deadLetters", "sessions", "documents"] as const;
const RARE_NAMES = [
  ...["edits", "suppressed", "unusableIds", "withoutMessages", "alertsRaised", "alertsSuppressed", "alertsLogged"],
  ...["alertsToWebhook", "alertsToEventBridge", "alertsUndelivered"],
  ...["alertsUndelivered_webhook", "alertsUndelivered_eventbridge"],
] as const;

/** Counters summed by name over all transforms: each of these names belongs to one stage alone. */
export function totalsOf(metrics: readonly MetricResult[]): Totals {
  const sums = new Map<string, number>();
  for (const { kind, name, value } of metrics) {
    if (kind === "counter") sums.set(name, (sums.get(name) ?? 0) + value);
  }
  const sumOf = (name: string): number => sums.get(name) ?? 0;
  const always = NAMES.map((name) => [name, sumOf(name)] as const);
  const ifAny = RARE_NAMES.flatMap((name) => (sumOf(name) === 0 ? [] : [[name, sumOf(name)] as const]));
  return {
    ...(Object.fromEntries(always) as Record<(typeof NAMES)[number], number>),
    ...(Object.fromEntries(ifAny) as Partial<Record<(typeof RARE_NAMES)[number], number>>),
  };
}

/** Sentences that the account should not leave unsaid. */
export function notesOn({ unusableIds = 0, withoutMessages = 0 }: Totals): readonly string[] {
  const notes: string[] = [];
  if (unusableIds > 0) {
    notes.push(
      `Ids of ${unusableIds} messages cannot be used: an id is a text of 1 to 512 characters or a whole number. They were taken as messages without an id, so time and text alone tell their duplicates.`,
    );
  }
  if (withoutMessages > 0) {
    notes.push(
      `${counted(withoutMessages, "record")} had no message where --messages-field and --envelope look for it: check them if that is more than you expect.`,
    );
  }
  return notes;
}

/** Milliseconds that reading is behind the newest record, on the worst shard; undefined before the first answer. */
export function lagMs(metrics: readonly MetricResult[]): number | undefined {
  const lags = metrics.flatMap((metric) =>
    metric.kind === "gauge" && metric.name === "behindArrivalMs" ? [metric.value] : [],
  );
  return lags.length === 0 ? undefined : Math.max(...lags);
}
