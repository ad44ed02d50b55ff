import type { ChatMessage, RecordPosition } from "../../model";
import { messageKey } from "../ids/message-key";

/** Compares decimal strings of any length by value; Kinesis's sequence numbers do not fit a double. */
function compareDecimals(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return compareText(a, b);
}

/** A total order of records: shard, then sequence number, then place inside an aggregated record. */
export function comparePositions(a: RecordPosition, b: RecordPosition): number {
  if (a.shardId !== b.shardId) return a.shardId < b.shardId ? -1 : 1;
  return compareDecimals(a.sequenceNumber, b.sequenceNumber) || a.subSequenceNumber - b.subSequenceNumber;
}

/**
 * The place of a message that was read back from the index, by its place in the document: it stands before all
 * positions of streams, since it was there before them.
 */
export function heldPosition(index: number): RecordPosition {
  return { shardId: "", sequenceNumber: "", subSequenceNumber: index };
}

export function isHeld({ shardId }: RecordPosition): boolean {
  return shardId === "";
}

/**
 * The order of messages in a session: event time first; then the position, which is the order in which people saw them;
 * the key where positions of two sources meet. Every replay agrees on it.
 */
export function compareMessages(a: ChatMessage, b: ChatMessage): number {
  return (
    a.timestampMs - b.timestampMs ||
    comparePositions(a.position, b.position) ||
    compareText(messageKey(a), messageKey(b))
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
