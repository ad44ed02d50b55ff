/** The metrics that alarms and dashboard are made of. */
import type { Deployment } from "../settings";

/** A metric of CloudWatch: namespace, name, and dimensions as names and values. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Average" | "Maximum" | "Sum";
}

/** Of the service itself, and the job's own out of the metric group that the service publishes. */
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

/** Flink's counters only grow, and each is published four times a minute by each task: this is their gain in a period. */
export function gain(id: string): string {
  return `DIFF(${id})/4`;
}
