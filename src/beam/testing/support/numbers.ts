import type { Collected } from "./collected";

export function fromZeroTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Returns the numbers in rising order, whatever order they arrived in. */
export function inOrder(collected: readonly Collected<number>[]): number[] {
  return collected.map(({ value }) => value).sort((a, b) => a - b);
}
