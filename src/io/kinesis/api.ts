import type { Shard } from "./lineage";
import type { ShardPosition } from "./restriction";

/** A record as the stream holds it; it may be an aggregate of several user records. */
export interface StreamRecord {
  readonly sequenceNumber: string;
  readonly arrivalMs: number;
  readonly data: Uint8Array;
  readonly partitionKey: string;
}

export interface RecordsAnswer {
  readonly records: readonly StreamRecord[];
  /** Undefined when the shard is closed and this was its last answer. */
  readonly nextIterator?: string;
  readonly millisBehindLatest: number;
  /** Some services give them with the last answer. */
  readonly childShards: readonly Shard[];
}

/** The source's calls to one stream. Every call may reject with any error of its client (see `retry.ts`). */
export interface StreamApi {
  readonly streamName: string;
  /** All shards that can hold a record that arrived at `fromMs` or later (undefined: any), and perhaps older ones. */
  listShards(fromMs?: number): Promise<readonly Shard[]>;
  /** An iterator at the first record that is not done; of an aggregate that is done in part, at that aggregate. */
  getIterator(shardId: string, position: ShardPosition): Promise<string>;
  getRecords(iterator: string, limit: number): Promise<RecordsAnswer>;
}
