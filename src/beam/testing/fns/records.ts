import type { DoFnTransform } from "../../authoring/contract";
import { doFn } from "../../authoring/do-fn";
import { anyCoder } from "../support/coders";

export interface TimedRecord<T = unknown> {
  readonly value: T;
  readonly atMs: number;
}

/** Emits the given records, each with its own timestamp. */
export const emitRecords = doFn("emitRecords", {
  outputs: { main: anyCoder<unknown>() },
  open: ({ records }: { readonly records: readonly TimedRecord[] }) => ({
    process(_impulse: unknown, emit) {
      for (const { value, atMs } of records) void emit("main", value, atMs);
    },
  }),
}) as <T>(settings: { readonly records: readonly TimedRecord<T>[] }) => DoFnTransform<unknown, { main: T }>;
