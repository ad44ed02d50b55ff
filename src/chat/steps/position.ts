import type { ChatMessage, RecordPosition } from "../model";

/** Compares decimal strings of any length by value; Kinesis's sequence numbers do not fit a double. */
function compareDecimals(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A total order of records: shard, then sequence number, then place inside an aggregated record. */
export function comparePositions(a: RecordPosition, b: RecordPosition): number {
  if (a.shardId !== b.shardId) return a.shardId < b.shardId ? -1 : 1;
  return compareDecimals(a.sequenceNumber, b.sequenceNumber) || a.subSequenceNumber - b.subSequenceNumber;
}

/** The order of messages in a session: event time first; the position decides ties, so that every replay agrees. */
export function compareMessages(a: ChatMessage, b: ChatMessage): number {
  return a.timestampMs - b.timestampMs || comparePositions(a.position, b.position);
}
