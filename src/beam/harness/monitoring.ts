/**
 * Encodes metrics and progress of a bundle for the Fn API (metrics.proto, MonitoringInfoSpecs and
 * MonitoringInfoTypeUrns).
 */
import { Reader } from "protobufjs";
import type { MetricUpdate } from "../metrics/cells";
import type { RestrictionProgress } from "../operators/stage";
import type { ComponentsProto } from "../sdk";
import { MonitoringInfo } from "../sdk/fn-api";
import { readVarint, writeVarint } from "./varint";

/** Namespace of our metrics. Beam's Java runners refuse a metric without one. */
export const METRIC_NAMESPACE = "beam-ts";

const SUM_TYPE = "beam:metrics:sum_int64:v1";
const PROGRESS_TYPE = "beam:metrics:progress:v1";
const KINDS = {
  counter: { urn: "beam:metric:user:sum_int64:v1", type: SUM_TYPE },
  distribution: { urn: "beam:metric:user:distribution_int64:v1", type: "beam:metrics:distribution_int64:v1" },
  gauge: { urn: "beam:metric:user:latest_int64:v1", type: "beam:metrics:latest_int64:v1" },
} as const;
const MAX_VARINT_BYTES = 10;

/** Encodes the metrics of the bundle's DoFns, and its element counts by PCollection. */
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
    if (count === 0 || !(pcollectionId in components.pcollections)) continue;
    const labels = { PCOLLECTION: pcollectionId };
    infos.push(
      MonitoringInfo.create({ urn: "beam:metric:element_count:v1", type: SUM_TYPE, labels, payload: varints([count]) }),
    );
  }
  return infos;
}

/** Encodes the index of the latest element that was taken from a data channel; -1 before the first. */
export function readIndexInfo(transformId: string, index: number): MonitoringInfo {
  return MonitoringInfo.create({
    urn: "beam:metric:data_channel:read_index:v1",
    type: SUM_TYPE,
    labels: { PTRANSFORM: transformId },
    payload: varints([index]),
  });
}

/** Encodes the completed and the remaining work of the current restriction. */
export function progressInfos({ transformId, completed, remaining }: RestrictionProgress): MonitoringInfo[] {
  const labels = { PTRANSFORM: transformId };
  return [
    { urn: "beam:metric:ptransform_progress:completed:v1", work: completed },
    { urn: "beam:metric:ptransform_progress:remaining:v1", work: remaining },
  ].map(({ urn, work }) => MonitoringInfo.create({ urn, type: PROGRESS_TYPE, labels, payload: iterableOf(work) }));
}

/** Encodes gauges of the process, which belong to no transform. */
export function processInfos(figures: Readonly<Record<string, number>>): MonitoringInfo[] {
  const nowMs = Date.now();
  return Object.entries(figures).map(([name, value]) =>
    MonitoringInfo.create({
      ...KINDS.gauge,
      labels: { NAMESPACE: METRIC_NAMESPACE, NAME: name },
      payload: varints([nowMs, value]),
    }),
  );
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

/** Encodes whole numbers. Fractions are rounded, NaN counts as 0, and too large numbers are clamped. */
function varints(values: readonly number[]): Uint8Array {
  const buffer = Buffer.allocUnsafe(MAX_VARINT_BYTES * values.length);
  let position = 0;
  for (const value of values) {
    const whole = Number.isNaN(value) ? 0 : Math.round(value);
    const safe = Math.min(Math.max(whole, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
    position = writeVarint(safe, buffer, position);
  }
  return buffer.subarray(0, position);
}

/** Encodes an iterable of one double: a count of four bytes, then eight bytes, all big-endian. */
function iterableOf(value: number): Uint8Array {
  const buffer = Buffer.alloc(12);
  buffer.writeInt32BE(1, 0);
  buffer.writeDoubleBE(value, 4);
  return buffer;
}

/** Decodes the numbers in a metric's payload. */
export function fromVarints(payload: Uint8Array): number[] {
  const reader = Reader.create(payload);
  const values: number[] = [];
  while (reader.pos < reader.len) values.push(readVarint(reader));
  return values;
}
