/**
 * The user records of a record, as the Kinesis Producer Library aggregates them.
 *
 * 1. Only the requested user record is decoded: the cost of an aggregate beside its own bytes does not depend on the
 *    number of its user records.
 * 2. A record that only begins like an aggregate (wrong checksum, damaged, empty) is its own one user record: it is
 *    passed on as it is, so that nothing vanishes here.
 * 3. Nothing is filtered by hash key, as the Kinesis Client Library does after a reshard: producers that aggregate
 *    without regard to shards exist, and a record lost is worse than one that comes twice.
 */
import { createHash } from "node:crypto";
import { Reader } from "protobufjs";
import type { StreamRecord } from "./api";

/** Amazon's "KPL Aggregated Record Format": magic number, protobuf message AggregatedRecord, MD5 of the message. */
const MAGIC = [0xf3, 0x89, 0x9a, 0xc2] as const;
const CHECKSUM_BYTES = 16;
/**
 * Protobuf tags (field number << 3 | wire type) of AggregatedRecord.records, Record.partition_key_index and
 * Record.data.
 */
const RECORDS = (3 << 3) | 2;
const PARTITION_KEY_INDEX = (1 << 3) | 0;
const DATA = (3 << 3) | 2;
/** Number of user records that are taken from any aggregate, whatever their size. */
const FEW_USER_RECORDS = 1_000;
/**
 * Least average size of the user records in an aggregate with more of them. A message with an id and a text of one
 * character takes 34 bytes: `{"userId":"a","content":"b"}` and 6 of the format. Empty ones take 6, so without this
 * bound a record of 1 MiB would become 170,000 dead letters.
 */
const MIN_BYTES_PER_USER_RECORD = 32;

export class UserRecords {
  /** Number of user records, at least 1. */
  readonly count: number;
  readonly isAggregate: boolean;
  /** True when it has more user records than messages fit in its bytes: they are not taken one by one. */
  readonly isOverfull: boolean;
  private readonly message: Buffer | undefined;
  private cursor: Cursor | undefined;
  private index = -1;
  private data: Uint8Array;

  constructor(readonly record: StreamRecord) {
    this.data = record.data;
    const message = messageIn(record.data);
    const maxCount = Math.max(FEW_USER_RECORDS, Math.floor(record.data.length / MIN_BYTES_PER_USER_RECORD));
    const count = message === undefined ? 0 : countUpTo(maxCount, message);
    this.isOverfull = count > maxCount;
    this.isAggregate = count > 0;
    this.message = count > 0 && !this.isOverfull ? message : undefined;
    this.count = this.message === undefined ? 1 : count;
  }

  /**
   * One user record, in bytes of its own: 0 ≤ index < count. Cheap for ascending indices, and for the same one again.
   */
  at(index: number): Uint8Array {
    const { message } = this;
    if (message === undefined || index === this.index) return this.data;
    if (this.cursor === undefined || index < this.index) {
      this.cursor = new Cursor(message);
      this.index = -1;
    }
    while (this.index < index) {
      this.cursor.next();
      this.index++;
    }
    // A copy, because a view would keep the whole aggregate in memory for as long as a dead letter with it waits.
    this.data = Buffer.from(message.subarray(this.cursor.start, this.cursor.end));
    return this.data;
  }
}

/** The protobuf message in an aggregate; undefined for other records. */
function messageIn(data: Uint8Array): Buffer | undefined {
  const messageBytes = data.length - MAGIC.length - CHECKSUM_BYTES;
  if (messageBytes < 0 || MAGIC.some((byte, index) => data[index] !== byte)) return undefined;
  const message = Buffer.from(data.buffer, data.byteOffset + MAGIC.length, messageBytes);
  const checksum = createHash("md5").update(message).digest();
  return checksum.equals(data.subarray(data.length - CHECKSUM_BYTES)) ? message : undefined;
}

/** Counts the message's user records, up to one above `max`. 0 when it is damaged. */
function countUpTo(max: number, message: Buffer): number {
  const cursor = new Cursor(message);
  let count = 0;
  try {
    while (count <= max && cursor.next()) count++;
    return count;
  } catch {
    return 0;
  }
}

/**
 * Moves over the user records of an AggregatedRecord without decoding any. protobufjs would decode all of them at once.
 */
class Cursor {
  /** Range of the present user record's data in the message. */
  start = 0;
  end = 0;
  private readonly reader: Reader;

  constructor(message: Buffer) {
    this.reader = Reader.create(message);
  }

  /** Moves to the next user record; false behind the last. Throws when the message is damaged. */
  next(): boolean {
    const { reader } = this;
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === RECORDS) {
        this.enter(reader.uint32());
        return true;
      }
      reader.skipType(tag & 7);
    }
    return false;
  }

  private enter(bytes: number): void {
    const { reader } = this;
    const end = reader.pos + bytes;
    let hasKey = false;
    let hasData = false;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag !== DATA) {
        hasKey ||= tag === PARTITION_KEY_INDEX;
        reader.skipType(tag & 7);
        continue;
      }
      hasData = true;
      const length = reader.uint32();
      this.start = reader.pos;
      this.end = this.start + length;
      reader.skip(length);
    }
    if (reader.pos !== end || !hasKey || !hasData) throw new RangeError("The aggregate is damaged.");
  }
}
