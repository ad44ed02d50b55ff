import type { Deployment } from "../settings";
import { logGroupName } from "./log-names";
import { domainName } from "./domain-access";
import { type Resources, sub } from "./document";
import type { HistogramSpec } from "../../../src/beam";
import { ALERT_LATENCY } from "../../../src/chat/alerts/latency";
import { FRESHNESS } from "../../../src/chat/steps/documents/count-written";
import { ALERT_COUNTERS, amount, applicationMetric, FRESHNESS_COUNTERS, type Metric, streamMetric } from "./metrics";

const WIDTH = 8;
const HEIGHT = 6;
const COLUMNS = 3;
const MINUTE_S = 60;
/** The service publishes the KPUs it charges once an hour. */
const HOUR_S = 3_600;

interface Line {
  readonly label: string;
  readonly metric: Metric;
  /** True for a metric that only grows, so that its gain by minute is shown. */
  readonly counts?: boolean;
}

interface Chart {
  readonly title: string;
  /** Seconds between points; without this, a minute. */
  readonly periodS?: number;
  readonly lines: readonly Line[];
}

function charts(deployment: Deployment): readonly Chart[] {
  const max = (name: string, label: string): Line => ({
    label,
    metric: applicationMetric(deployment, name, "Maximum"),
  });
  const count = (name: string, label: string): Line => ({
    label,
    metric: applicationMetric(deployment, name, "Sum"),
    counts: true,
  });
  return [
    { title: "Messages and sessions a minute", lines: [count("read", "messages read"), count("sessions", "sessions")] },
    {
      title: "Behind the stream (ms)",
      lines: [
        max("millisBehindLatest", "as the job sees it"),
        {
          label: "as Kinesis sees it",
          metric: streamMetric(deployment, "GetRecords.IteratorAgeMilliseconds", "Maximum"),
        },
        max("watermarkLagMs", "its watermark behind the clock"),
      ],
    },
    {
      title: "Sessions a minute, by the time from their end to the index",
      lines: FRESHNESS_COUNTERS.buckets.map((name, at) => count(name, bucketLabel(FRESHNESS, at))),
    },
    { title: "Documents a minute", lines: [count("documents", "indexed"), count("deadLetters", "dead letters")] },
    {
      title: "Alerts a minute",
      lines: [
        count("alertsRaised", "raised"),
        count("alertsSuppressed", "suppressed"),
        count("alertsUndelivered", "not taken"),
      ],
    },
    ...receiversOf(deployment).map((receiver) => ({
      title: `Alerts of messages a minute, by the time from the record to ${RECEIVER_WORDS[receiver]}`,
      lines: ALERT_COUNTERS[receiver].buckets.map((name, at) => count(name, bucketLabel(ALERT_LATENCY[receiver], at))),
    })),
    {
      title: "Calls turned down or repeated a minute",
      lines: [count("throttles", "throttles"), count("retries", "retries")],
    },
    { title: "Tokens a minute", lines: [count("inputTokens", "in"), count("outputTokens", "out")] },
    { title: "Restarts and downtime", lines: [max("fullRestarts", "restarts"), max("downtime", "downtime (ms)")] },
    {
      title: "Checkpoints",
      lines: [max("lastCheckpointDuration", "duration (ms)"), max("numberOfFailedCheckpoints", "failed")],
    },
    { title: "State (bytes)", lines: [max("lastCheckpointSize", "last checkpoint")] },
    {
      title: "Use of the machines (%)",
      lines: [max("containerCPUUtilization", "processor"), max("containerMemoryUtilization", "memory")],
    },
    { title: "KPUs", periodS: HOUR_S, lines: [max("KPUs", "KPUs")] },
    ...domainCharts(deployment),
  ];
}

const RECEIVER_WORDS = { index: "the log of alerts", eventbridge: "EventBridge", webhook: "the webhook" } as const;

function receiversOf({ eventBus, webhookKeyArn }: Deployment): readonly (keyof typeof RECEIVER_WORDS)[] {
  return [
    "index",
    ...(eventBus === undefined ? [] : (["eventbridge"] as const)),
    ...(webhookKeyArn === undefined ? [] : (["webhook"] as const)),
  ];
}

/** The bucket in words; the last one has no bound of its own. */
function bucketLabel({ bounds }: HistogramSpec, at: number): string {
  const seconds = (bound: number | undefined): string => `${(bound ?? 0) / 1_000} s`;
  return at < bounds.length ? `up to ${seconds(bounds[at])}` : `more than ${seconds(bounds.at(-1))}`;
}

function domainCharts({ name, domain }: Deployment): readonly Chart[] {
  const dimensions = {
    DomainName: domain.kind === "new" ? domainName(name) : domain.name,
    ClientId: "${AWS::AccountId}",
  };
  const metric = (own: string, statistic: Metric["statistic"]): Metric => ({
    namespace: "AWS/ES",
    name: own,
    dimensions,
    statistic,
  });
  return [
    {
      title: "OpenSearch",
      lines: [
        { label: "processor (%)", metric: metric("CPUUtilization", "Maximum") },
        { label: "heap (%)", metric: metric("JVMMemoryPressure", "Maximum") },
      ],
    },
    { title: "OpenSearch: free space (MB)", lines: [{ label: "free", metric: metric("FreeStorageSpace", "Average") }] },
  ];
}

export function dashboardResources(deployment: Deployment): Resources {
  const widgets: object[] = charts(deployment).map((chart, at) => ({
    type: "metric",
    ...place(at),
    properties: {
      title: chart.title,
      region: "${AWS::Region}",
      view: "timeSeries",
      period: chart.periodS ?? MINUTE_S,
      metrics: chart.lines.flatMap(metricRows),
    },
  }));
  widgets.push({
    type: "log",
    ...place(widgets.length),
    width: COLUMNS * WIDTH,
    x: 0,
    properties: {
      title: "Newest warnings and errors",
      region: "${AWS::Region}",
      view: "table",
      query: `SOURCE '${logGroupName(deployment.name)}' | fields @timestamp, message | filter messageType in ['WARN', 'ERROR'] | sort @timestamp desc | limit 50`,
    },
  });
  return {
    Dashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: { DashboardName: deployment.name, DashboardBody: sub(JSON.stringify({ widgets })) },
    },
  };
}

function place(at: number): object {
  return { x: (at % COLUMNS) * WIDTH, y: Math.floor(at / COLUMNS) * HEIGHT, width: WIDTH, height: HEIGHT };
}

/** CloudWatch's form: namespace, name, then names and values of dimensions, then how to draw it. */
function metricRows({ label, metric, counts = false }: Line, at: number): readonly unknown[][] {
  const where = [metric.namespace, metric.name, ...Object.entries(metric.dimensions).flat()];
  if (!counts) return [[...where, { stat: metric.statistic, label }]];
  const { statistics, expression } = amount(`m${at}`);
  const used = Object.entries(statistics).map(([id, stat]) => [...where, { id, stat, visible: false }]);
  return [[{ expression, label }], ...used];
}
