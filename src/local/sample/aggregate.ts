import { createHash } from "node:crypto";
import { Writer } from "protobufjs";

/** One record as it is put on the stream. Records of one user share a partition key, and thereby a shard. */
export interface SampleRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** Amazon's "KPL Aggregated Record Format": magic number, protobuf message, MD5 of the message. */
const MAGIC = Uint8Array.of(0xf3, 0x89, 0x9a, 0xc2);
/** Protobuf tags: field number << 3 | wire type. */
const PARTITION_KEYS = (1 << 3) | 2;
const RECORDS = (3 << 3) | 2;
const RECORD_KEY_INDEX = (1 << 3) | 0;
const RECORD_DATA = (3 << 3) | 2;

/** Packs several records of one partition key into one, as the Kinesis Producer Library does. */
export function aggregate(records: readonly SampleRecord[]): SampleRecord {
  const partitionKey = records[0]?.partitionKey ?? "";
  const writer = Writer.create().uint32(PARTITION_KEYS).string(partitionKey);
  for (const { data } of records) {
    writer.uint32(RECORDS).fork().uint32(RECORD_KEY_INDEX).uint32(0).uint32(RECORD_DATA).bytes(data).ldelim();
  }
  const message = writer.finish();
  return { partitionKey, data: Buffer.concat([MAGIC, message, createHash("md5").update(message).digest()]) };
}
