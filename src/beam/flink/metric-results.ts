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
  const names = new Map(
    Object.entries(pipeline.components?.transforms ?? {}).map(([id, transform]) => [id, transform.uniqueName]),
  );
  return infos.flatMap(({ urn, labels, payload }): MetricResult[] => {
    const id = labels["PTRANSFORM"] ?? "";
    const transform = names.get(id) ?? id;
    const name = labels["NAME"] ?? "";
    const [first = 0, sum = 0, min = 0, max = 0] = fromVarints(payload);
    if (urn.includes("sum_int64")) return [{ transform, name, kind: "counter", value: first }];
    if (urn.includes("distribution")) {
      return [{ transform, name, kind: "distribution", value: { count: first, sum, min, max } }];
    }
    return urn.includes("latest") ? [{ transform, name, kind: "gauge", value: sum }] : [];
  });
}
