/** Event time of a shard and of a lineage, as pure functions. All times are milliseconds since the epoch. */
import { MAX_TIMESTAMP_MS } from "../../beam";
import type { ShardCursor } from "./restriction";
import type { KinesisReadSettings } from "./settings";

type Disorder = Pick<KinesisReadSettings, "allowedDisorderMs">;

/**
 * The shard's watermark once this record is taken: the newest event time less the disorder, never back. An event time
 * ahead of the arrival counts as the arrival, or one wrong clock would make everyone else's messages too late.
 */
export function afterRecordMs(
  shardWatermarkMs: number,
  eventMs: number,
  arrivalMs: number,
  { allowedDisorderMs }: Disorder,
): number {
  return Math.max(shardWatermarkMs, Math.min(eventMs, arrivalMs) - allowedDisorderMs);
}

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

/**
 * True when the runner would drop this record: its own session window [event time, event time + gap) has then passed,
 * and Beam drops by the element's own window, before any merge with a later one.
 */
export function isTooLate(eventMs: number, gapMs: number, reportedWatermarkMs: number): boolean {
  return eventMs + gapMs <= reportedWatermarkMs;
}
