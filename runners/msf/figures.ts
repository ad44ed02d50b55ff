/** Figures of the application in CloudWatch: its metrics, as the service publishes them. */
import { GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { type Aws, call } from "./aws";
import { applicationMetric } from "./template/metrics";

const PERIOD_S = 60;

/**
 * The newest value of each metric since then, its largest over all tasks; undefined for those that were not published.
 */
export async function newestFigures<Name extends string>(
  aws: Aws,
  name: string,
  metrics: readonly Name[],
  sinceMs: number,
): Promise<Readonly<Record<Name, number | undefined>>> {
  const found = metrics.map(async (metric) => [metric, await newestFigure(aws, name, metric, sinceMs)] as const);
  return Object.fromEntries(await Promise.all(found)) as Record<Name, number | undefined>;
}

async function newestFigure(aws: Aws, name: string, metric: string, sinceMs: number): Promise<number | undefined> {
  const { namespace, dimensions } = applicationMetric({ name }, metric, "Maximum");
  const { Datapoints = [] } = await call(`reading the metrics of ${name}`, () =>
    aws.metrics.send(
      new GetMetricStatisticsCommand({
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        StartTime: new Date(sinceMs),
        // Includes the minute that is not over.
        EndTime: new Date(Date.now() + PERIOD_S * 1_000),
        Period: PERIOD_S,
        Statistics: ["Maximum"],
      }),
    ),
  );
  const atMs = ({ Timestamp }: (typeof Datapoints)[number]): number => Timestamp?.getTime() ?? 0;
  return Datapoints.toSorted((a, b) => atMs(b) - atMs(a))[0]?.Maximum;
}
