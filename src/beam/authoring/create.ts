import { type PCollection, type PTransform, type Root, sdkCreate } from "../sdk";

/**
 * Makes a collection of the given elements, all at the minimum timestamp. The SDK's own transform also reshuffles them,
 * which moves them to the maximum timestamp: everything that a splittable DoFn reads for them would be late.
 */
export function create<T>(elements: readonly T[]): PTransform<Root, PCollection<T>> {
  return sdkCreate([...elements], false);
}
