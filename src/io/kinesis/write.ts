import { type KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { keepTryingUntil, loopDecision } from "./keep-trying";

export interface PutEntry {
  /** The key whose MD5 decides the shard, 1 to 256 characters. */
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

export interface PutPlace {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

/** PutRecords takes 500 records and 5 MiB (API Reference); emulators keep to it although the service takes more. */
const MAX_RECORDS_PER_CALL = 500;
const MAX_BYTES_PER_CALL = 5_000_000;

/**
 * Puts all entries, batch after batch, and returns their positions, in order. Entries that the service refuses for the
 * moment (throttling, 5xx, single records of a batch) are put again for ever; such records may arrive behind later
 * ones. A lost answer makes a batch arrive twice, as Kinesis has no idempotent put. Rejects with a fatal `JobError`
 * only.
 */
export async function putMessages(
  client: KinesisClient,
  streamName: string,
  entries: readonly PutEntry[],
): Promise<readonly PutPlace[]> {
  const places = new Array<PutPlace>(entries.length);
  for (const batch of batches(entries)) await putBatch(client, streamName, entries, batch, places);
  return places;
}

async function putBatch(
  client: KinesisClient,
  streamName: string,
  entries: readonly PutEntry[],
  batch: readonly number[],
  places: PutPlace[],
): Promise<void> {
  const call = { operation: "PutRecords", streamName } as const;
  let left = batch;
  const put = async (): Promise<string | undefined> => {
    const command = new PutRecordsCommand({
      StreamName: streamName,
      Records: left.map((index) => ({ PartitionKey: entries[index]!.partitionKey, Data: entries[index]!.data })),
    });
    const { Records = [] } = await client.send(command);
    let refusal: string | undefined;
    left = left.filter((index, at) => {
      const { ShardId, SequenceNumber, ErrorCode = "no place" } = Records[at] ?? {};
      if (ShardId === undefined || SequenceNumber === undefined) {
        refusal = ErrorCode;
        return true;
      }
      places[index] = { shardId: ShardId, sequenceNumber: SequenceNumber };
      return false;
    });
    return refusal;
  };
  await keepTryingUntil(call, put, (outcome) => {
    if (outcome.kind === "failure") return loopDecision(outcome.error, call);
    const { answer: refusal } = outcome;
    return refusal === undefined ? { kind: "done", value: undefined } : { kind: "again", why: refusal };
  });
}

/** Indices of the entries of each call; an entry above the bound is a call of its own. */
export function* batches(entries: readonly PutEntry[]): Generator<readonly number[]> {
  let batch: number[] = [];
  let bytes = 0;
  for (const [index, { partitionKey, data }] of entries.entries()) {
    const size = data.length + Buffer.byteLength(partitionKey);
    if (batch.length === MAX_RECORDS_PER_CALL || (batch.length > 0 && bytes + size > MAX_BYTES_PER_CALL)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(index);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
