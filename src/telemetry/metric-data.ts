/** Turns readings into OpenTelemetry's data, and names into Prometheus' own. */
import { type HrTime, ValueType } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricDescriptor,
} from "@opentelemetry/sdk-metrics";
import type { Readings } from "./readings";
import { type Buckets, ERROR_TYPE, type HistogramRow, type JobFacts, type MetricRow } from "./row";
import { METRICS } from "./table";

export interface Moment {
  /** When counting began, in milliseconds since the epoch. */
  readonly startMs: number;
  readonly nowMs: number;
}

/** Names metrics; OpenTelemetry's own name by default. */
export type Naming = (row: MetricRow) => string;

/** Suffixes as the OpenTelemetry Collector gives them, so that a dashboard fits metrics that came either way. */
const UNIT_SUFFIXES: Readonly<Record<string, string>> = { s: "_seconds", USD: "_USD" };

/** The name with its unit; Prometheus' exporter makes underscores of dots, and adds `_total` to counters. */
export function withUnit({ name, unit }: MetricRow): string {
  return name + (UNIT_SUFFIXES[unit] ?? "");
}

/** Each metric that has a value now. */
export function metricData(
  readings: Readings,
  facts: JobFacts,
  moment: Moment,
  naming: Naming = ({ name }) => name,
): MetricData[] {
  return METRICS.flatMap((row) => {
    const data = dataOf(row, readings, facts, moment, naming(row));
    return data.dataPoints.length === 0 ? [] : [data];
  });
}

function dataOf(row: MetricRow, readings: Readings, facts: JobFacts, moment: Moment, name: string): MetricData {
  const point = <T>(attributes: Readonly<Record<string, string>> | undefined, value: T): DataPoint<T> => ({
    attributes: { ...attributes },
    startTime: hrTime(moment.startMs),
    endTime: hrTime(moment.nowMs),
    value,
  });
  const descriptor: MetricDescriptor = {
    name,
    unit: row.unit,
    description: row.says,
    valueType: row.unit.startsWith("{") ? ValueType.INT : ValueType.DOUBLE,
  };
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE } as const;
  if (row.kind === "histogram") {
    const of = ({ labels, spec }: Buckets) => {
      const { bounds, counts, sum } = readings.histogram(spec);
      const count = counts.reduce((total, each) => total + each, 0);
      const boundaries = bounds.map((bound) => bound / row.per);
      return point(labels, { buckets: { boundaries, counts: [...counts] }, count, sum: sum / row.per });
    };
    const failed = failedSeries(row, facts).map(of);
    const dataPoints = [...row.series(facts).map(of), ...failed.filter(({ value }) => value.count > 0)];
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = row.series(facts).flatMap(({ labels, of }) => {
    const value = of(readings);
    return value === undefined ? [] : [point(labels, value)];
  });
  if (row.kind === "gauge") return { ...common, dataPointType: DataPointType.GAUGE, dataPoints };
  return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
}

/** One histogram for each cause. */
function failedSeries({ failed }: HistogramRow, facts: JobFacts): readonly Buckets[] {
  return (failed?.(facts) ?? []).flatMap(({ labels, specs }) =>
    [...specs].map(([cause, spec]) => ({ labels: { ...labels, [ERROR_TYPE]: cause }, spec })),
  );
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
}
