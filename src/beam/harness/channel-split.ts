/**
 * Decides where to split the rest of a data channel (Beam's ProcessBundleSplitRequest). Positions are indices of
 * elements.
 */

export interface ChannelPosition {
  /** Index of the element being processed; -1 before the first. */
  readonly index: number;
  /** Completed share of that element, from 0 to 1. */
  readonly elementProgress: number;
  /** Index of the first element that this bundle has given away; Infinity without an earlier split. */
  readonly stop: number;
}

export interface DesiredSplit {
  /** Share of the remaining work to keep, from 0 to 1. */
  readonly fractionOfRemainder: number;
  /** Number of elements that the runner expects to send. */
  readonly estimatedInputElements: number;
  /** The only elements that a residual may start with. An empty list allows all. */
  readonly allowedSplitPoints: readonly number[];
}

export type ChannelSplit =
  /**
   * Split within the current element: the bundle keeps this fraction of its remainder and gives away all later
   * elements.
   */
  | { readonly kind: "element"; readonly fractionOfElement: number }
  /** Split between elements: this one is the first to be given away. */
  | { readonly kind: "boundary"; readonly firstResidual: number };

/**
 * Returns undefined when there is nothing to give away. `canSplitElement` says whether the current element is
 * splittable.
 */
export function channelSplit(
  { index, elementProgress, stop }: ChannelPosition,
  { fractionOfRemainder, estimatedInputElements, allowedSplitPoints }: DesiredSplit,
  canSplitElement: boolean,
): ChannelSplit | undefined {
  const current = Math.max(index, 0);
  const progress = index < 0 ? 0 : elementProgress;
  const total = Math.min(Math.max(estimatedInputElements, current + 1), stop);
  const kept = Math.max(0, total - current - progress) * Math.min(Math.max(fractionOfRemainder, 0), 1);
  const isAllowed = (point: number): boolean => allowedSplitPoints.length === 0 || allowedSplitPoints.includes(point);
  if (canSplitElement && index >= 0 && progress < 1) {
    const fractionOfElement = kept / (1 - progress);
    if (fractionOfElement < 1 && isAllowed(index) && isAllowed(index + 1))
      return { kind: "element", fractionOfElement };
  }
  // A split between elements keeps the current element whole.
  const wanted = current + Math.max(index < 0 ? 0 : 1, Math.round(progress + kept));
  const firstResidual = nearestAllowed(wanted, allowedSplitPoints, index);
  if (firstResidual === undefined || firstResidual <= index || firstResidual >= stop) return undefined;
  return { kind: "boundary", firstResidual };
}

/**
 * Returns the allowed point that is nearest to `wanted`. Of two equally near points the later one wins: more work stays
 * here, where it has started.
 */
function nearestAllowed(wanted: number, allowed: readonly number[], index: number): number | undefined {
  if (allowed.length === 0) return wanted;
  let nearest: number | undefined;
  for (const point of allowed) {
    if (point <= index) continue;
    const distance = Math.abs(point - wanted);
    const best = nearest === undefined ? Infinity : Math.abs(nearest - wanted);
    if (distance < best || (distance === best && point > (nearest ?? -1))) nearest = point;
  }
  return nearest;
}
