import { z } from "zod";
import { fromVarints } from "../harness/monitoring";
import { MetricsAggregator } from "../metrics/aggregator";
import type { MetricUpdate } from "../metrics/cells";
import type { MetricResult } from "../runner";
import type { PipelineProto } from "../sdk";
import type { FlinkAccumulator } from "./flink-rest";

/** Name of the accumulator in which Beam's Flink runner leaves a task's metrics at its end, as JSON. */
const METRICS_ACCUMULATOR = "__metricscontainers";

const METRICS = z.object({
  metrics: z.object({
    attempted: z
      .array(z.object({ urn: z.string(), labels: z.record(z.string(), z.string()), payload: z.base64() }))
      .default([]),
  }),
});

/** A metric in the JSON of Beam's Java runners, from a job service or from Flink's accumulators. */
export interface MonitoringInfo {
  readonly urn: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** Returns the metrics of the tasks of a job that have ended, from the job's accumulators. */
export function accumulatedMetrics(accumulators: readonly FlinkAccumulator[], pipeline: PipelineProto): MetricResult[] {
  const own = accumulators.find(({ name }) => name === METRICS_ACCUMULATOR);
  if (own === undefined) return [];
  const infos = METRICS.parse(JSON.parse(own.value)).metrics.attempted;
  return metricResults(
    infos.map(({ payload, ...info }) => ({ ...info, payload: Buffer.from(payload, "base64") })),
    pipeline,
  );
}

/**
 * Returns user metrics by the unique names of their transforms. A runner reports a transform for each stage that runs
 * it, as behind a flatten; their metrics are added up.
 */
export function metricResults(infos: readonly MonitoringInfo[], pipeline: PipelineProto): MetricResult[] {
  const total = new MetricsAggregator();
  total.add(infos.flatMap((info) => updateOf(info, pipeline)));
  return total.results((name) => name);
}

function updateOf({ urn, labels, payload }: MonitoringInfo, pipeline: PipelineProto): MetricUpdate[] {
  const transformId = transformName(labels["PTRANSFORM"] ?? "", pipeline);
  const name = labels["NAME"] ?? "";
  const [first = 0, second = 0, min = 0, max = 0] = fromVarints(payload);
  if (urn.includes("sum_int64")) return [{ transformId, name, kind: "counter", value: first }];
  if (urn.includes("distribution")) {
    return [{ transformId, name, kind: "distribution", value: { count: first, sum: second, min, max } }];
  }
  return urn.includes("latest") ? [{ transformId, name, kind: "gauge", value: { setMs: first, value: second } }] : [];
}

/**
 * Returns the unique name of a runner's transform. The runner gives the parts of a splittable DoFn ids of their own,
 * such as `transform_8/ProcessSizedElementsAndRestrictions0`.
 */
export function transformName(id: string, pipeline: PipelineProto): string {
  const transforms = pipeline.components?.transforms ?? {};
  const own = transforms[id] ?? transforms[id.slice(0, id.lastIndexOf("/"))];
  return own?.uniqueName ?? id;
}
