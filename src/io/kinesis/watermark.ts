/** Event time of a shard and of a lineage, as pure functions. All times are milliseconds since the epoch. */
import { MAX_TIMESTAMP_MS } from "../../beam";
import type { ShardCursor } from "./restriction";
import type { KinesisReadSettings } from "./settings";

type Disorder = Pick<KinesisReadSettings, "allowedDisorderMs">;

/** The shard's watermark when it is idle: every record that arrived up to `readUpToMs` has been read. */
export function whenIdleMs(shardWatermarkMs: number, readUpToMs: number, { allowedDisorderMs }: Disorder): number {
  return Math.max(shardWatermarkMs, readUpToMs - allowedDisorderMs);
}

/** The lineage's watermark: the oldest of its shards; the end of time when it has none left. */
export function lineageWatermarkMs(cursors: Iterable<Pick<ShardCursor, "watermarkMs">>): number {
  let oldestMs = MAX_TIMESTAMP_MS;
  for (const { watermarkMs } of cursors) oldestMs = Math.min(oldestMs, watermarkMs);
  return oldestMs;
}
