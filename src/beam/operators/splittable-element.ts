/** The shapes that a splittable DoFn's three transforms exchange, as the Fn API has them (beam_fn_api.proto). */
import type { Outputs } from "../authoring/contract";
import type { SplittableDoFnInstance } from "../authoring/splittable-do-fn";
import type { KV, WindowedValue } from "../values";

export type AnySplittableDoFn = SplittableDoFnInstance<unknown, unknown, unknown, Outputs>;

/** Restriction and watermark state in milliseconds: together what Beam calls the restriction. */
export type RestrictionAndWatermark = KV<unknown, number>;
export type ElementAndRestriction = KV<unknown, RestrictionAndWatermark>;
/**
 * The number is the size: remaining work in any unit, for balancing only. Where it is below zero it is the runner's own
 * number of a restriction that it kept (`BundleCheckpointHandlers`), and goes back with what is left of it.
 */
export type SizedElementAndRestriction = KV<ElementAndRestriction, number>;

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

/** A restriction that a runner kept by a number of its own: it must hear of it again, also when nothing is left. */
export function isKept(element: WindowedValue<unknown>): boolean {
  return (element.value as SizedElementAndRestriction).value < 0;
}

export function withValue<T>(element: WindowedValue<unknown>, value: T): WindowedValue<T> {
  return { value, timestampMs: element.timestampMs, windows: element.windows, pane: element.pane };
}
