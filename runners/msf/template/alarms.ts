import type { Deployment } from "../settings";
import type { Resources } from "./document";
import { amount, anyGain, applicationMetric, type Calculation, type Metric, ownGain } from "./metrics";

const PERIOD_S = 60;

interface Alarm {
  readonly says: string;
  readonly metric: Metric;
  /** The figure computed from the metric; without this, the metric itself counts. */
  readonly calculation?: Calculation;
  readonly above: number;
  /** Minutes that must be over the threshold, and the minutes looked at. */
  readonly minutes: readonly [number, number];
  readonly missing: "breaching" | "notBreaching";
}

function alarms(deployment: Deployment): Readonly<Record<string, Alarm>> {
  const own = (name: string, statistic: Metric["statistic"]): Metric => applicationMetric(deployment, name, statistic);
  return {
    Down: {
      says: "The job does not run, or says nothing",
      metric: own("downtime", "Maximum"),
      above: 0,
      // Longer than an update, which stops the job for some minutes and is no reason to wake anybody.
      minutes: [10, 10],
      missing: "breaching",
    },
    Lag: {
      says: "The job is behind the stream",
      metric: own("millisBehindLatest", "Maximum"),
      above: deployment.lagAlarmMs,
      minutes: [5, 5],
      missing: "notBreaching",
    },
    Restarts: {
      says: "Flink restarts the job again and again",
      metric: own("fullRestarts", "Maximum"),
      calculation: ownGain("total"),
      above: 0,
      minutes: [3, 15],
      missing: "notBreaching",
    },
    FailedCheckpoints: {
      says: "Checkpoints fail",
      metric: own("numberOfFailedCheckpoints", "Maximum"),
      calculation: ownGain("total"),
      above: 0,
      minutes: [3, 10],
      missing: "notBreaching",
    },
    DeadLetters: {
      says: "Messages or sessions could not be processed",
      metric: own("deadLetters", "Sum"),
      calculation: anyGain("total"),
      above: 0,
      minutes: [1, 1],
      missing: "notBreaching",
    },
    UndeliveredAlerts: {
      says: "A receiver did not take alerts",
      metric: own("alertsUndelivered", "Sum"),
      calculation: anyGain("total"),
      above: 0,
      minutes: [1, 1],
      missing: "notBreaching",
    },
    Throttles: {
      says: "Bedrock or Kinesis turn calls down for being too many",
      metric: own("throttles", "Sum"),
      calculation: amount("total"),
      above: 10,
      minutes: [10, 15],
      missing: "notBreaching",
    },
    Memory: {
      says: "A container is nearly out of memory",
      metric: own("containerMemoryUtilization", "Maximum"),
      above: 90,
      minutes: [5, 5],
      missing: "notBreaching",
    },
  };
}

/** The number of metrics that alarms read, each of which is paid for. */
export function alarmMetrics(deployment: Deployment): number {
  const statistics = Object.values(alarms(deployment)).map(({ calculation }) => calculation?.statistics ?? { one: 1 });
  return statistics.reduce((sum, each) => sum + Object.keys(each).length, 0);
}

export function alarmResources(deployment: Deployment): Resources {
  const { name, alarmTopicArn } = deployment;
  const actions = alarmTopicArn === undefined ? {} : { AlarmActions: [alarmTopicArn], OKActions: [alarmTopicArn] };
  return Object.fromEntries(
    Object.entries(alarms(deployment)).map(([key, { says, metric, calculation, above, minutes, missing }]) => [
      `${key}Alarm`,
      {
        Type: "AWS::CloudWatch::Alarm",
        Properties: {
          AlarmName: `${name}-${key}`,
          AlarmDescription: `${says}: see "Alarms" in docs/managed-flink.md.`,
          ComparisonOperator: "GreaterThanThreshold",
          Threshold: above,
          DatapointsToAlarm: minutes[0],
          EvaluationPeriods: minutes[1],
          TreatMissingData: missing,
          ...(calculation === undefined ? plain(metric) : computed(metric, calculation)),
          ...actions,
        },
      },
    ]),
  );
}

function plain(metric: Metric): object {
  return {
    Namespace: metric.namespace,
    MetricName: metric.name,
    Dimensions: dimensions(metric),
    Statistic: metric.statistic,
    Period: PERIOD_S,
  };
}

function computed(metric: Metric, { statistics, expression }: Calculation): object {
  const Metric = { Namespace: metric.namespace, MetricName: metric.name, Dimensions: dimensions(metric) };
  return {
    Metrics: [
      ...Object.entries(statistics).map(([Id, Stat]) => ({
        Id,
        MetricStat: { Metric, Period: PERIOD_S, Stat },
        ReturnData: false,
      })),
      { Id: "gain", Expression: expression, Label: metric.name, ReturnData: true },
    ],
  };
}

function dimensions(metric: Metric): readonly object[] {
  return Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value }));
}
