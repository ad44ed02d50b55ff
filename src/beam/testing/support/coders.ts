import { jsonCoder } from "../../authoring/coder";
import type { Coder } from "../../sdk";

const json = jsonCoder<unknown>("conformance:coder:json", 1);

/** For any plain data: slow, but what a rule compares is what was sent. */
export function anyCoder<T>(): Coder<T> {
  return json as Coder<T>;
}

export const numberCoder = anyCoder<number>();
