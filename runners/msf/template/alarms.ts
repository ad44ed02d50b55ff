import type { Deployment } from "../settings";
import type { Resources } from "./document";
import { applicationMetric, gain, type Metric } from "./metrics";

const PERIOD_S = 60;

interface Alarm {
  readonly says: string;
  readonly metric: Metric;
  /** Of the metric's id; without it, the metric itself. */
  readonly expression?: (id: string) => string;
  readonly above: number;
  /** In how many minutes of how many. */
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
      minutes: [3, 3],
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
      expression: (id) => `DIFF(${id})`,
      above: 0,
      minutes: [3, 15],
      missing: "notBreaching",
    },
    FailedCheckpoints: {
      says: "Checkpoints fail",
      metric: own("numberOfFailedCheckpoints", "Maximum"),
      expression: (id) => `DIFF(${id})`,
      above: 0,
      minutes: [3, 10],
      missing: "notBreaching",
    },
    DeadLetters: {
      says: "Messages or sessions could not be processed",
      metric: own("deadLetters", "Sum"),
      expression: gain,
      above: 0,
      minutes: [1, 1],
      missing: "notBreaching",
    },
    Throttles: {
      says: "Bedrock or Kinesis turn calls down for being too many",
      metric: own("throttles", "Sum"),
      expression: gain,
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

export function alarmResources(deployment: Deployment): Resources {
  const { name, alarmTopicArn } = deployment;
  const actions = alarmTopicArn === undefined ? {} : { AlarmActions: [alarmTopicArn], OKActions: [alarmTopicArn] };
  return Object.fromEntries(
    Object.entries(alarms(deployment)).map(([key, { says, metric, expression, above, minutes, missing }]) => [
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
          ...(expression === undefined ? plain(metric) : computed(metric, expression)),
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

function computed(metric: Metric, expression: (id: string) => string): object {
  const stat = {
    Metric: { Namespace: metric.namespace, MetricName: metric.name, Dimensions: dimensions(metric) },
    Period: PERIOD_S,
    Stat: metric.statistic,
  };
  return {
    Metrics: [
      { Id: "total", MetricStat: stat, ReturnData: false },
      { Id: "gain", Expression: expression("total"), Label: metric.name, ReturnData: true },
    ],
  };
}

function dimensions(metric: Metric): readonly object[] {
  return Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value }));
}
