import { type PCollection, type PTransform, type Root, sdkCreate } from "../sdk";

/**
 * A collection of the given elements, all at the beginning of time. Unlike the SDK's own transform it does not reshuffle
 * them: that would leave them at the end of time, and all that a splittable DoFn reads for them would be late.
 */
export function create<T>(elements: readonly T[]): PTransform<Root, PCollection<T>> {
  return sdkCreate([...elements], false);
}
