/** The metrics behind alarms and dashboard. */
import { type HistogramSpec, histogramCounters } from "../../../src/beam";
import { ALERT_LATENCY } from "../../../src/chat/alerts/latency";
import { DEAD_LETTER_CODES, type DeadLetterCode } from "../../../src/chat/errors";
import { FRESHNESS } from "../../../src/chat/steps/documents/count-written";
import { type CallingStage, RETRY_CAUSES, retryCounter } from "../../../src/io/retry-causes";
import { BULK_DURATION } from "../../../src/io/opensearch/writing/measures";
import { deadLetterCounter } from "../../../src/io/opensearch/letters/write-dead-letters";
import type { Deployment } from "../settings";

/** Counters of the alerts that a receiver took within each bound, by receiver. */
const ALERT_BUCKETS = {
  index: bucketsOf(ALERT_LATENCY.index),
  eventbridge: bucketsOf(ALERT_LATENCY.eventbridge),
  webhook: bucketsOf(ALERT_LATENCY.webhook),
} as const;

/** The buckets that are published; the close ones are not. */
function bucketsOf({ coarse }: { readonly coarse: HistogramSpec }): readonly string[] {
  return histogramCounters(coarse).buckets;
}

/** A metric of CloudWatch: namespace, name, and dimensions as names and values. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Average" | "Maximum" | "SampleCount" | "Sum" | `p${number}`;
}

/** Metrics that only a job with this receiver has. */
const RECEIVER_METRICS: Readonly<Record<"eventbridge" | "webhook", readonly string[]>> = {
  eventbridge: ["alertsToEventBridge", ...ALERT_BUCKETS.eventbridge],
  webhook: ["alertsToWebhook", ...ALERT_BUCKETS.webhook],
};

/**
 * Counters and gauges of the job, each of which the service publishes once and CloudWatch is paid for. Names with an
 * underscore are none, nor are distributions.
 */
export const PUBLISHED_METRICS: readonly string[] = [
  "aggregatedRecords",
  ...ALERT_BUCKETS.index,
  "alertsLogged",
  "alertsRaised",
  "alertsSuppressed",
  "alertsUndelivered",
  ...RECEIVER_METRICS.eventbridge,
  ...RECEIVER_METRICS.webhook,
  "alreadyIndexed",
  "behindArrivalMs",
  ...bucketsOf(BULK_DURATION),
  "deadLetters",
  "documents",
  "duplicates",
  "edits",
  "embedInputTokens",
  "embedded",
  "expiredShards",
  ...bucketsOf(FRESHNESS),
  "indexed",
  "millisBehindLatest",
  "read",
  "restarts",
  "retries",
  "sessions",
  "summariseInputTokens",
  "summariseOutputTokens",
  "summarised",
  "suppressed",
  "throttles",
  "tooLate",
  "unreadable",
  "unusableIds",
  "watermarkLagMs",
  "withoutMessages",
];

/**
 * Counters that exist only once there is something to count, until the job starts anew. CloudWatch is paid for those
 * that exist.
 */
export const LATE_METRICS: readonly string[] = [
  ...(Object.keys(DEAD_LETTER_CODES) as DeadLetterCode[]).map(deadLetterCounter),
  ...(Object.keys(RETRY_CAUSES) as CallingStage[]).flatMap((stage) =>
    RETRY_CAUSES[stage].map((cause) => retryCounter(stage, cause)),
  ),
];

/** Names of the metrics that a deployment pays for. */
export function metricsOf({
  eventBus,
  webhookKeyArn,
}: Pick<Deployment, "eventBus" | "webhookKeyArn">): readonly string[] {
  const missing = [
    ...(webhookKeyArn === undefined ? RECEIVER_METRICS.webhook : []),
    ...(eventBus === undefined ? RECEIVER_METRICS.eventbridge : []),
  ];
  return PUBLISHED_METRICS.filter((name) => !missing.includes(name));
}

/** A metric of the service itself, or the job's own from the metric group that the service publishes. */
export function applicationMetric(
  { name: application }: Pick<Deployment, "name">,
  name: string,
  statistic: Metric["statistic"],
): Metric {
  return { namespace: "AWS/KinesisAnalytics", name, dimensions: { Application: application }, statistic };
}

export function streamMetric(
  { stream }: Pick<Deployment, "stream">,
  name: string,
  statistic: Metric["statistic"],
): Metric {
  return { namespace: "AWS/Kinesis", name, dimensions: { StreamName: stream.name }, statistic };
}

/** A figure that is computed out of a metric's statistics. */
export interface Calculation {
  /** Statistics by the id that the expression uses. */
  readonly statistics: Readonly<Record<string, Metric["statistic"]>>;
  readonly expression: string;
}

/** Times a minute that a task publishes its counters; a minute now and then has one more or one less. */
const TIMES_A_MINUTE = 4;

/**
 * The growth of a counter over all tasks in a minute. Counters only grow, so it is the gain of their mean times the
 * number of tasks; the gain of their sum would jump by a whole counter in a minute in which a task published once more.
 */
export function amount(id: string): Calculation {
  const [sum, samples] = [`${id}sum`, `${id}samples`];
  return {
    statistics: { [sum]: "Sum", [samples]: "SampleCount" },
    expression: `DIFF(${sum}/${samples})*${samples}/${TIMES_A_MINUTE}`,
  };
}

/**
 * A figure that is above zero exactly when a counter of any task grew in a minute. It uses the sum of the counters in a
 * minute with as many samples as the one before, and the largest counter in any other minute.
 */
export function anyGain(id: string): Calculation {
  const [sum, samples, top] = [`${id}sum`, `${id}samples`, `${id}top`];
  return {
    statistics: { [sum]: "Sum", [samples]: "SampleCount", [top]: "Maximum" },
    expression: `IF(DIFF(${samples})==0,DIFF(${sum})/${TIMES_A_MINUTE},DIFF(${top}))`,
  };
}

/**
 * The growth of a counter that does not exist before it counts. It counts from zero, and gaps are no growth. Tasks
 * begin such a counter at different times, so that of the task with the most is taken: the growth is at least this.
 */
export function lateGain(metric: string): { readonly statistic: Metric["statistic"]; readonly expression: string } {
  return { statistic: "Maximum", expression: `DIFF(FILL(FILL(${metric},REPEAT),0))` };
}

/** The growth of a counter that the service has once for the whole job. */
export function ownGain(id: string): Calculation {
  return { statistics: { [id]: "Maximum" }, expression: `DIFF(${id})` };
}
