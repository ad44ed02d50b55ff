/** Messages that a test has put on the stream, with their positions. */
export interface Place {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

export interface PlannedMessage {
  /** Who wrote it. */
  readonly userId: string;
  /** The conversation, where sessions are of these and not of users. */
  readonly chat?: string;
  /** The producer's word for the author's role. */
  readonly from?: string;
  readonly channel?: string;
  readonly content: string;
  readonly messageId?: string;
  readonly timestampMs: number;
}

export interface SentMessage extends PlannedMessage {
  readonly place: Place;
}

export function placeKey(place: Place): string {
  return `${place.shardId}/${place.sequenceNumber}/${place.subSequenceNumber}`;
}

/** Orders by event time, then shard, sequence number and place within an aggregated record. */
export function byEventTime(a: SentMessage, b: SentMessage): number {
  return a.timestampMs - b.timestampMs || comparePlaces(a.place, b.place);
}

function comparePlaces(a: Place, b: Place): number {
  if (a.shardId !== b.shardId) return a.shardId < b.shardId ? -1 : 1;
  const difference = BigInt(a.sequenceNumber) - BigInt(b.sequenceNumber);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return a.subSequenceNumber - b.subSequenceNumber;
}
