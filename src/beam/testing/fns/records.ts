import type { Emit, TaggedDoFn } from "../../authoring/do-fn";
import { registerForSerialization } from "../../sdk";

export interface TimedRecord<T = unknown> {
  readonly value: T;
  readonly atMs: number;
}

/** Emits the records that it was made with, each at its own time. As text, because the SDK serialises fields slowly. */
export class EmitRecords<T> implements TaggedDoFn<unknown, { main: T }> {
  private readonly text: string;

  constructor(records: readonly TimedRecord<T>[]) {
    this.text = JSON.stringify(records);
  }

  process(_impulse: unknown, emit: Emit<{ main: T }>): void {
    for (const { value, atMs } of JSON.parse(this.text) as TimedRecord<T>[]) void emit("main", value, atMs);
  }
}

registerForSerialization("conformance/records", { EmitRecords });
