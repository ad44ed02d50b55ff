import { fragments } from "../../authoring/fragments";
import { KVCoder, StrUtf8Coder } from "../../sdk";
import type { KV } from "../../values";
import { anyCoder } from "../support/coders";

/** Gathers lists of up to five numbers. */
export const lists = fragments("lists", {
  outputs: { main: new KVCoder(new StrUtf8Coder(), anyCoder<number[]>()) },
  open: () => ({
    maxValues: 5,
    maxBytes: 1_000,
    keyOf: ({ key }: KV<string, number>) => key,
    sizeBytes: () => 1,
    create: ({ value }: KV<string, number>) => [value],
    add: (list: number[], { value }: KV<string, number>) => [...list, value],
  }),
});

/** Gathers lists of numbers, whose sizes are the numbers themselves. Each element stands for ten bytes. */
export const weighed = fragments("weighed", {
  outputs: { main: new KVCoder(new StrUtf8Coder(), anyCoder<number[]>()) },
  open: () => ({
    maxValues: 5,
    maxBytes: 1_000,
    weight: { bytesPerElement: 10, empty: [] },
    keyOf: ({ key }: KV<string, number>) => key,
    sizeBytes: ({ value }) => value,
    create: ({ value }: KV<string, number>) => [value],
    add: (list: number[], { value }: KV<string, number>) => [...list, value],
  }),
});
