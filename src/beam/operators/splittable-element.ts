/** The elements that a splittable DoFn's three transforms exchange, as the Fn API defines them (beam_fn_api.proto). */
import type { Outputs } from "../authoring/contract";
import type { SplittableDoFnInstance } from "../authoring/splittable-do-fn";
import type { KV, WindowedValue } from "../values";

export type AnySplittableDoFn = SplittableDoFnInstance<unknown, unknown, unknown, Outputs>;

/** Restriction and watermark state in milliseconds, which Beam together calls the restriction. */
export type RestrictionAndWatermark = KV<unknown, number>;
export type ElementAndRestriction = KV<unknown, RestrictionAndWatermark>;
/**
 * The number is the size: the remaining work in any unit, for balancing only. A negative number identifies a
 * restriction that the runner stored (`BundleCheckpointHandlers`); its residual must have the same number.
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

/**
 * Returns true for a restriction that the runner stored under a number. The runner must get a residual for it, even if
 * nothing is left.
 */
export function isKept(element: WindowedValue<unknown>): boolean {
  return (element.value as SizedElementAndRestriction).value < 0;
}
