/**
 * Aggregated records as the Kinesis Producer Library writes them: magic, protobuf AggregatedRecord, MD5 of the latter.
 */
import { createHash } from "node:crypto";
import { Writer } from "protobufjs";

const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
const LENGTH_DELIMITED = 2;
const VARINT = 0;

const tag = (field: number, wireType: number): number => (field << 3) | wireType;

export interface UserRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

export function aggregate(records: readonly UserRecord[]): Buffer {
  const keys = [...new Set(records.map(({ partitionKey }) => partitionKey))];
  const writer = new Writer();
  for (const key of keys) writer.uint32(tag(1, LENGTH_DELIMITED)).string(key);
  for (const { partitionKey, data } of records) {
    writer.uint32(tag(3, LENGTH_DELIMITED)).fork();
    writer.uint32(tag(1, VARINT)).uint64(keys.indexOf(partitionKey));
    writer.uint32(tag(3, LENGTH_DELIMITED)).bytes(data);
    writer.ldelim();
  }
  const message = writer.finish();
  return Buffer.concat([MAGIC, message, createHash("md5").update(message).digest()]);
}

/** An aggregate of user records without data, which take the fewest bytes. */
export function emptyUserRecords(count: number): Buffer {
  const key = new Writer().uint32(tag(1, LENGTH_DELIMITED)).string("k").finish();
  const one = new Writer().uint32(tag(3, LENGTH_DELIMITED)).fork();
  one.uint32(tag(1, VARINT)).uint32(0).uint32(tag(3, LENGTH_DELIMITED)).bytes(new Uint8Array()).ldelim();
  const message = Buffer.concat([key, Buffer.alloc(count * 6, one.finish())]);
  return Buffer.concat([MAGIC, message, createHash("md5").update(message).digest()]);
}
