/**
 * Where to split what is left of a data channel (Beam's ProcessBundleSplitRequest). Positions are indices of elements.
 */

export interface ChannelPosition {
  /** The element being processed; -1 before the first. */
  readonly index: number;
  /** How much of that element is done: from 0 to 1. */
  readonly elementProgress: number;
  /** The first element that is not this bundle's any more; Infinity without an earlier split. */
  readonly stop: number;
}

export interface DesiredSplit {
  /** How much of the remaining work is kept: from 0 to 1. */
  readonly fractionOfRemainder: number;
  /** Elements that the runner is going to send, as far as it knows. */
  readonly estimatedInputElements: number;
  /** When not empty: the only elements that a residual may begin with. */
  readonly allowedSplitPoints: readonly number[];
}

export type ChannelSplit =
  /** Split within the element at hand: this fraction of what is left of it is kept, and all elements behind it go. */
  | { readonly kind: "element"; readonly fractionOfElement: number }
  /** Split between elements: this one is the first to go. */
  | { readonly kind: "boundary"; readonly firstResidual: number };

/** Undefined when there is nothing to give away. `canSplitElement` says whether the element at hand is splittable. */
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
  // The element at hand is always kept, whole.
  const wanted = current + Math.max(index < 0 ? 0 : 1, Math.round(progress + kept));
  const firstResidual = nearestAllowed(wanted, allowedSplitPoints, index);
  if (firstResidual === undefined || firstResidual <= index || firstResidual >= stop) return undefined;
  return { kind: "boundary", firstResidual };
}

/** Of points equally near the later one: it keeps more here, where the work has begun. */
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
