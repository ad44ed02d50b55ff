/**
 * A stream in memory with a history of splits and merges, whose service answers in the awkward ways that Kinesis may.
 */
import type { RecordsAnswer, StreamApi, StreamRecord } from "../../../src/io/kinesis/api";
import type { Shard } from "../../../src/io/kinesis/lineage";
import type { ShardPosition } from "../../../src/io/kinesis/restriction";
import type { RecordsOnly } from "./lineage-driver";
import { aggregate } from "./kpl";
import type { Random } from "../random";

export interface SentUser {
  readonly id: number;
  readonly eventMs: number;
}

interface FakeShard extends Shard {
  readonly records: { readonly record: StreamRecord; readonly users: readonly SentUser[] }[];
  closed: boolean;
  /** Number of listings that still do not show it. */
  hiddenFor: number;
}

function encodeUser({ id, eventMs }: SentUser): Buffer {
  return Buffer.from(JSON.stringify({ id, eventMs }));
}

export function decodeUser(data: Uint8Array): SentUser {
  return JSON.parse(Buffer.from(data).toString("utf8")) as SentUser;
}

/** Emits each record itself, at the time that was sent. */
export const sentParser: RecordsOnly = {
  process: (record, emit) => void emit("main", record, decodeUser(record.data).eventMs),
};

function serviceError(name: string, status: number): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
}

export class FakeStream implements StreamApi {
  readonly streamName = "fake";
  readonly shards: FakeShard[] = [];
  private sequence = 1_000;
  private nextId = 0;
  private nextShard = 0;

  constructor(
    private readonly random: Random,
    /** Share of calls that fail or answer in an awkward way. */
    private readonly trouble: number,
  ) {}

  open(parent?: FakeShard, adjacent?: FakeShard): FakeShard {
    const shard: FakeShard = {
      shardId: `shardId-${String(this.nextShard++).padStart(12, "0")}`,
      ...(parent === undefined ? {} : { parentShardId: parent.shardId }),
      ...(adjacent === undefined ? {} : { adjacentParentShardId: adjacent.shardId }),
      records: [],
      closed: false,
      hiddenFor: parent === undefined ? 0 : this.random.int(0, 2),
    };
    this.shards.push(shard);
    return shard;
  }

  /** Returns the two children. */
  split(shard: FakeShard): readonly [FakeShard, FakeShard] {
    shard.closed = true;
    return [this.open(shard), this.open(shard)];
  }

  /** Takes closed shards away, as the retention does. */
  expire(...gone: readonly FakeShard[]): void {
    for (const shard of gone) this.shards.splice(this.shards.indexOf(shard), 1);
  }

  merge(shard: FakeShard, adjacent: FakeShard): FakeShard {
    shard.closed = adjacent.closed = true;
    return this.open(shard, adjacent);
  }

  put(shard: FakeShard, arrivalMs: number, eventTimesMs: readonly number[]): void {
    const users = eventTimesMs.map((eventMs) => ({ id: this.nextId++, eventMs }));
    const plain = users.map((user) => ({ partitionKey: "key", data: encodeUser(user) }));
    const data = plain.length === 1 ? plain[0]!.data : aggregate(plain);
    const sequenceNumber = String(++this.sequence);
    shard.records.push({ record: { sequenceNumber, arrivalMs, data, partitionKey: "key" }, users });
  }

  /** All shards that descend from this one by their primary parent, itself included. */
  lineageOf(rootShardId: string): readonly FakeShard[] {
    const members = new Set([rootShardId]);
    for (const { shardId, parentShardId } of this.shards) {
      if (parentShardId !== undefined && members.has(parentShardId)) members.add(shardId);
    }
    return this.shards.filter(({ shardId }) => members.has(shardId));
  }

  async listShards(): Promise<readonly Shard[]> {
    this.maybeFail();
    return this.shards.filter((shard) => shard.hiddenFor-- <= 0);
  }

  async getIterator(shardId: string, position: ShardPosition): Promise<string> {
    this.maybeFail();
    const { records } = this.shard(shardId);
    const index = (holds: (record: StreamRecord) => boolean): number => {
      const at = records.findIndex(({ record }) => holds(record));
      return at < 0 ? records.length : at;
    };
    switch (position.kind) {
      case "horizon":
        return `${shardId}/0`;
      case "timestamp":
        return `${shardId}/${index(({ arrivalMs }) => arrivalMs >= position.atMs)}`;
      case "after":
        return `${shardId}/${index(({ sequenceNumber }) => BigInt(sequenceNumber) > BigInt(position.sequenceNumber))}`;
      case "within":
        return `${shardId}/${index(({ sequenceNumber }) => BigInt(sequenceNumber) >= BigInt(position.sequenceNumber))}`;
    }
  }

  async getRecords(iterator: string, limit: number): Promise<RecordsAnswer> {
    this.maybeFail("ExpiredIteratorException");
    const [shardId, from] = iterator.split("/") as [string, string];
    const shard = this.shard(shardId);
    const left = shard.records.length - Number(from);
    const count = Math.min(left, limit, this.random.chance(this.trouble) ? 0 : this.random.int(1, 7));
    const records = shard.records.slice(Number(from), Number(from) + count).map(({ record }) => record);
    const behind = left > count;
    const ended = shard.closed && !behind && (count === 0 || this.random.chance(0.5));
    const children = this.shards.filter(
      ({ parentShardId, adjacentParentShardId }) => parentShardId === shardId && adjacentParentShardId === undefined,
    );
    return {
      records,
      ...(ended ? {} : { nextIterator: `${shardId}/${Number(from) + count}` }),
      millisBehindLatest: behind ? 1_000 : 0,
      childShards: ended && this.random.chance(0.5) ? children : [],
    };
  }

  private shard(shardId: string): FakeShard {
    const shard = this.shards.find((candidate) => candidate.shardId === shardId);
    if (shard === undefined) throw serviceError("ResourceNotFoundException", 400);
    return shard;
  }

  private maybeFail(...more: string[]): void {
    if (!this.random.chance(this.trouble)) return;
    throw serviceError(this.random.pick(["ExpiredIteratorException", ...more]), 400);
  }
}

/** A stream with a random past: records out of order by at most `disorderMs`, splits and merges among them. */
export function randomStream(random: Random, steps: number, disorderMs: number, trouble: number): FakeStream {
  const stream = new FakeStream(random, trouble);
  for (let count = random.int(1, 4); count > 0; count--) stream.open();
  let nowMs = 1_700_000_000_000;
  for (let step = 0; step < steps; step++) {
    nowMs += random.int(0, 50);
    const open = stream.shards.filter(({ closed }) => !closed);
    const shard = random.pick(open);
    const dice = random.next();
    if (dice < 0.03 && open.length < 8) stream.split(shard);
    else if (dice < 0.06 && open.length > 1) {
      stream.merge(shard, random.pick(open.filter((other) => other !== shard)));
    } else {
      const users = random.chance(0.2) ? random.int(2, 6) : 1;
      stream.put(
        shard,
        nowMs,
        Array.from({ length: users }, () => nowMs - random.int(0, disorderMs)),
      );
    }
  }
  return stream;
}
