import type { MetricUpdate } from "../metrics/cells";
import type { ComponentsProto } from "../sdk";
import { MonitoringInfo } from "../sdk-fn-api";
import { Reader } from "protobufjs";
import { readVarint, writeVarint } from "./varint";

/** Beam's Java runners refuse a metric without a namespace. */
export const METRIC_NAMESPACE = "beam-ts";

const KINDS = {
  counter: { urn: "beam:metric:user:sum_int64:v1", type: "beam:metrics:sum_int64:v1" },
  distribution: { urn: "beam:metric:user:distribution_int64:v1", type: "beam:metrics:distribution_int64:v1" },
  gauge: { urn: "beam:metric:user:latest_int64:v1", type: "beam:metrics:latest_int64:v1" },
} as const;

/** Metrics of one bundle as the Fn API carries them (metrics.proto, MonitoringInfoSpecs). */
export function monitoringInfos(
  updates: readonly MetricUpdate[],
  elementCounts: ReadonlyMap<string, number>,
  components: ComponentsProto,
): MonitoringInfo[] {
  const infos = updates.map((update) =>
    MonitoringInfo.create({
      ...KINDS[update.kind],
      labels: { PTRANSFORM: update.transformId, NAMESPACE: METRIC_NAMESPACE, NAME: update.name },
      payload: payloadOf(update),
    }),
  );
  for (const [pcollectionId, count] of elementCounts) {
    if (!(pcollectionId in components.pcollections)) continue;
    const labels = { PCOLLECTION: pcollectionId };
    const { type } = KINDS.counter;
    infos.push(MonitoringInfo.create({ urn: "beam:metric:element_count:v1", type, labels, payload: varints([count]) }));
  }
  return infos;
}

function payloadOf(update: MetricUpdate): Uint8Array {
  switch (update.kind) {
    case "counter":
      return varints([update.value]);
    case "distribution":
      return varints([update.value.count, update.value.sum, update.value.min, update.value.max]);
    case "gauge":
      return varints([update.value.setMs, update.value.value]);
  }
}

function varints(values: readonly number[]): Uint8Array {
  const buffer = Buffer.allocUnsafe(10 * values.length);
  let position = 0;
  for (const value of values) position = writeVarint(Math.round(value), buffer, position);
  return buffer.subarray(0, position);
}

/** The numbers in a metric's payload. */
export function fromVarints(payload: Uint8Array): number[] {
  const reader = Reader.create(payload);
  const values: number[] = [];
  while (reader.pos < reader.len) values.push(readVarint(reader));
  return values;
}
