/**
 * Puts records one batch after the other, so that a shard holds them in the order given, and returns their positions.
 */
import { type KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from "@aws-sdk/client-kinesis";
import { aggregate } from "./kpl";
import type { PlannedRecord } from "../chat/random-chat";
import type { PlannedMessage, Place, SentMessage } from "../chat/sent";

const MAX_RECORDS_PER_PUT = 500;
const MAX_BYTES_PER_PUT = 4_000_000;

export interface RawRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

export function encodeMessage({ userId, chat, from, channel, ...own }: PlannedMessage): Buffer {
  const { content, messageId, timestampMs: timestamp } = own;
  const inChat = chat === undefined ? {} : { chat: { id: chat }, from, meta: { channel } };
  return Buffer.from(JSON.stringify({ userId, content, messageId, timestamp, ...inChat }));
}

/** Returns the position of each record, in order. */
export async function putRaw(
  client: KinesisClient,
  stream: string,
  records: readonly RawRecord[],
): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const batch of batches(records)) {
    const answer = await client.send(new PutRecordsCommand({ StreamName: stream, Records: batch }));
    if ((answer.FailedRecordCount ?? 0) > 0) throw new Error(`${answer.FailedRecordCount} records were not put`);
    for (const { ShardId, SequenceNumber } of answer.Records ?? []) {
      places.push({ shardId: ShardId!, sequenceNumber: SequenceNumber!, subSequenceNumber: 0 });
    }
  }
  return places;
}

export async function putChat(
  client: KinesisClient,
  stream: string,
  records: readonly PlannedRecord[],
): Promise<readonly SentMessage[]> {
  const places = await putRaw(client, stream, records.map(encodeRecord));
  return records.flatMap(({ messages }, index) =>
    messages.map((message, subSequenceNumber) => ({ ...message, place: { ...places[index]!, subSequenceNumber } })),
  );
}

function encodeRecord({ partitionKey, messages }: PlannedRecord): RawRecord {
  if (messages.length === 1) return { partitionKey, data: encodeMessage(messages[0]!) };
  const records = messages.map((message) => ({ partitionKey: message.userId, data: encodeMessage(message) }));
  return { partitionKey, data: aggregate(records) };
}

function* batches(records: readonly RawRecord[]): Generator<PutRecordsRequestEntry[]> {
  let batch: PutRecordsRequestEntry[] = [];
  let bytes = 0;
  for (const { partitionKey, data } of records) {
    if (batch.length === MAX_RECORDS_PER_PUT || (batch.length > 0 && bytes + data.length > MAX_BYTES_PER_PUT)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({ PartitionKey: partitionKey, Data: data });
    bytes += data.length;
  }
  if (batch.length > 0) yield batch;
}
