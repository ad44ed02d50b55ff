/** The shapes that a splittable DoFn's three transforms exchange, as the Fn API has them (beam_fn_api.proto). */
import type { Outputs } from "../authoring/do-fn";
import type { SplittableDoFn } from "../authoring/splittable-do-fn";
import type { TransformProto } from "../sdk";
import type { KV, WindowedValue } from "../values";
import { deserializeDoFn } from "./outputs";

export type AnySplittableDoFn = SplittableDoFn<unknown, unknown, unknown, Outputs>;

/** Restriction and watermark state in milliseconds: together what Beam calls the restriction. */
export type RestrictionAndWatermark = KV<unknown, number>;
export type ElementAndRestriction = KV<unknown, RestrictionAndWatermark>;
/** The number is the size: remaining work in any unit, for balancing only. */
export type SizedElementAndRestriction = KV<ElementAndRestriction, number>;

export function splittableDoFn(transform: TransformProto): AnySplittableDoFn {
  return deserializeDoFn<{ fn: AnySplittableDoFn }>(transform).fn;
}

export function sized(
  fn: AnySplittableDoFn,
  element: unknown,
  restriction: unknown,
  watermarkMs: number,
): SizedElementAndRestriction {
  const remaining = fn.newTracker(element, restriction).progress?.().remaining ?? 1;
  const size = Number.isFinite(remaining) && remaining > 0 ? remaining : 1;
  return { key: { key: element, value: { key: restriction, value: watermarkMs } }, value: size };
}

export function withValue<T>(element: WindowedValue<unknown>, value: T): WindowedValue<T> {
  return { value, timestampMs: element.timestampMs, windows: element.windows, pane: element.pane };
}
