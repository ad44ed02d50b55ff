import { jsonCoder } from "../../authoring/coder";
import type { Coder } from "../../sdk";

const json = jsonCoder<unknown>("conformance:coder:json", 1);

/** Encodes any plain data as JSON. It is slow, but rules compare exactly what was sent. */
export function anyCoder<T>(): Coder<T> {
  return json as Coder<T>;
}

export const numberCoder = anyCoder<number>();
