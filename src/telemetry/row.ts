/** The form of the table of metrics, and how its plain rows are made. */
import type { HistogramSpec } from "../beam";
import type { Readings } from "./readings";

/** Values of the labels that name the job's parts. */
export interface JobFacts {
  /** The Kinesis stream; undefined for a job that reads files. */
  readonly stream: string | undefined;
  readonly index: string;
  readonly summaryModel: string;
  readonly embeddingModel: string;
}

export type Labels = Readonly<Record<string, string>>;

/** One of the job's own metrics, and what its value is divided by: 1,000 from milliseconds to seconds. */
export interface Source {
  readonly kind: "counter" | "gauge";
  readonly name: string;
  readonly per: number;
}

/** One of the job's own counters, and what one of it adds to a value. */
export interface Term {
  readonly name: string;
  readonly each: number;
}

export interface Value {
  readonly labels?: Labels;
  /** Undefined while it is not known. */
  readonly of: (readings: Readings) => number | undefined;
  /** Missing for a value that is no single metric of the job. */
  readonly source?: Source;
  /** The counters of a value that is a sum of several. */
  readonly terms?: readonly Term[];
}

export interface Buckets {
  readonly labels?: Labels;
  readonly spec: HistogramSpec;
}

/** Histograms that exist only once they have counted something, by the value of `error.type`. */
export interface FailedBuckets {
  readonly labels: Labels;
  readonly specs: ReadonlyMap<string, HistogramSpec>;
}

interface Named {
  readonly name: string;
  /** In UCUM, as OpenTelemetry has it: "s", or what is counted in braces. */
  readonly unit: string;
  readonly says: string;
}

export interface ValueRow extends Named {
  readonly kind: "counter" | "gauge";
  /** The job's own counter of all series together, for who does not see the series. */
  readonly total?: string;
  readonly series: (facts: JobFacts) => readonly Value[];
}

export interface HistogramRow extends Named {
  readonly kind: "histogram";
  /** Divides recorded values: 1,000 makes seconds of milliseconds. */
  readonly per: number;
  readonly series: (facts: JobFacts) => readonly Buckets[];
  readonly failed?: (facts: JobFacts) => readonly FailedBuckets[];
}

export type MetricRow = ValueRow | HistogramRow;

/** OpenTelemetry's label of why an operation failed. */
export const ERROR_TYPE = "error.type";

export function counter(name: string, unit: string, says: string, source: string): MetricRow {
  return { kind: "counter", name, unit, says, series: () => [counted(source)] };
}

export function counted(name: string, labels: Labels = {}): Value {
  return { labels, of: (readings) => readings.counter(name), source: { kind: "counter", name, per: 1 } };
}

export function seconds(name: string, says: string, sourceMs: string): MetricRow {
  const of = (readings: Readings): number | undefined => {
    const ms = readings.gauge(sourceMs);
    return ms === undefined ? undefined : ms / 1_000;
  };
  const source = { kind: "gauge", name: sourceMs, per: 1_000 } as const;
  return { kind: "gauge", name, unit: "s", says, series: () => [{ of, source }] };
}

/** The histograms of one operation's failures, by cause. */
export function failedBuckets<C extends string>(
  labels: Labels,
  causes: readonly C[],
  specOf: (cause: C) => HistogramSpec,
): FailedBuckets {
  return { labels, specs: new Map(causes.map((cause) => [cause, specOf(cause)])) };
}
