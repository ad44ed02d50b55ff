import type { FragmentFn } from "../../authoring/fragments";
import { registerForSerialization } from "../../sdk";

/** Lists of up to five numbers. */
export class Lists implements FragmentFn<number, number[]> {
  readonly maxValues = 5;
  readonly maxBytes = 1_000;

  sizeBytes(): number {
    return 1;
  }

  create(value: number): number[] {
    return [value];
  }

  add(list: number[], value: number): number[] {
    return [...list, value];
  }
}

registerForSerialization("conformance/fns/fragments", { Lists });
