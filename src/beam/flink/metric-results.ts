import { fromVarints } from "../harness/monitoring";
import type { MetricResult } from "../runner";
import type { PipelineProto } from "../sdk";

/** What Beam's Java runners say of metrics, whether a job service does or Flink's accumulators. */
export interface MonitoringInfo {
  readonly urn: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** User metrics by the unique names of their transforms. */
export function metricResults(infos: readonly MonitoringInfo[], pipeline: PipelineProto): MetricResult[] {
  return infos.flatMap(({ urn, labels, payload }): MetricResult[] => {
    const transform = transformName(labels["PTRANSFORM"] ?? "", pipeline);
    const name = labels["NAME"] ?? "";
    const [first = 0, sum = 0, min = 0, max = 0] = fromVarints(payload);
    if (urn.includes("sum_int64")) return [{ transform, name, kind: "counter", value: first }];
    if (urn.includes("distribution")) {
      return [{ transform, name, kind: "distribution", value: { count: first, sum, min, max } }];
    }
    return urn.includes("latest") ? [{ transform, name, kind: "gauge", value: sum }] : [];
  });
}

/**
 * The unique name of the transform that a runner means. It gives the parts of a splittable DoFn ids of their own, such as
 * `transform_8/ProcessSizedElementsAndRestrictions0`.
 */
export function transformName(id: string, pipeline: PipelineProto): string {
  const transforms = pipeline.components?.transforms ?? {};
  const own = transforms[id] ?? transforms[id.slice(0, id.lastIndexOf("/"))];
  return own?.uniqueName ?? id;
}
