import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from "@aws-sdk/client-kinesis";
import type { KinesisRecord } from "../../chat/model";
import { clockWarning, watchClock } from "../../io/aws/clock";
import { kinesisClient } from "../../io/kinesis/client";
import { UserRecords } from "../../io/kinesis/deaggregate";
import { decide, type KinesisCall } from "../../io/kinesis/retry";
import type { PipelineSettings } from "../../pipeline";
import { examine, type Finding, type Seen, skipped } from "./finding";
import { outcomeOf } from "./record";

/** Shards that are asked for a record, the newest last. */
const MAX_SHARDS = 10;

/** Looks at the stream as the job does; reads one record and keeps nothing of it. */
export async function examineKinesis({ kinesis, messages }: PipelineSettings): Promise<readonly Finding[]> {
  const client = kinesisClient(kinesis.connection);
  const aheadMs = watchClock(client);
  const stream = new Stream(client, kinesis.streamName);
  try {
    const described = await examine({ name: "kinesis:DescribeStream", expected: "an active stream" }, () =>
      stream.describe(),
    );
    const shards: string[] = [];
    const listed = await examine({ name: "kinesis:ListShards", expected: "shards" }, () => stream.list(shards));
    const look = { name: "kinesis:GetRecords", expected: "a message that the job can read" };
    const read =
      shards.length === 0
        ? skipped(look, "no shard to read")
        : await examine(look, () => stream.readOne(shards, (record) => outcomeOf(record, messages)));
    const clock = await examine({ name: "clock", expected: "this machine's clock agrees with Kinesis's" }, async () =>
      judgeClock(aheadMs(), kinesis.allowedDisorderMs),
    );
    return [described, listed, read, clock];
  } finally {
    client.destroy();
  }
}

class Stream {
  constructor(
    private readonly client: KinesisClient,
    private readonly name: string,
  ) {}

  async describe(): Promise<Seen> {
    const { StreamDescription: stream } = await this.call("DescribeStream", () =>
      this.client.send(new DescribeStreamCommand({ StreamName: this.name, Limit: 1 })),
    );
    const status = stream?.StreamStatus ?? "of no status";
    const facts = {
      status,
      retentionHours: stream?.RetentionPeriodHours ?? 0,
      mode: stream?.StreamModeDetails?.StreamMode ?? "none",
      encryption: stream?.EncryptionType ?? "none",
    };
    const found = `${status}, records kept for ${facts.retentionHours} h`;
    if (status === "ACTIVE" || status === "UPDATING") return { found, facts };
    return { found, facts, cure: `Wait until the stream "${this.name}" is active.` };
  }

  async list(shards: string[]): Promise<Seen> {
    const { Shards = [] } = await this.call("ListShards", () =>
      this.client.send(new ListShardsCommand({ StreamName: this.name, ShardFilter: { Type: "FROM_TRIM_HORIZON" } })),
    );
    shards.push(...Shards.flatMap(({ ShardId }) => ShardId ?? []));
    const facts = {
      shards: Shards.length,
      withParents: Shards.some(({ ParentShardId }) => ParentShardId !== undefined),
    };
    return { found: `${Shards.length} shards that hold records`, facts };
  }

  async readOne(shards: readonly string[], outcome: (record: KinesisRecord) => Seen): Promise<Seen> {
    let shape = {};
    for (const shardId of shards.slice(-MAX_SHARDS)) {
      const { ShardIterator } = await this.call("GetShardIterator", () =>
        this.client.send(
          new GetShardIteratorCommand({ StreamName: this.name, ShardId: shardId, ShardIteratorType: "TRIM_HORIZON" }),
        ),
      );
      const answer = await this.call("GetRecords", () =>
        this.client.send(new GetRecordsCommand({ ShardIterator: ShardIterator!, Limit: 1 })),
      );
      shape = {
        MillisBehindLatest: typeof answer.MillisBehindLatest,
        ChildShards: answer.ChildShards === undefined ? "absent" : "present",
      };
      const [record] = answer.Records ?? [];
      if (record === undefined) continue;
      const arrivalMs = record.ApproximateArrivalTimestamp?.getTime() ?? Date.now();
      const sequenceNumber = record.SequenceNumber!;
      const users = new UserRecords({
        sequenceNumber,
        arrivalMs,
        data: record.Data!,
        partitionKey: record.PartitionKey!,
      });
      const position = { shardId, sequenceNumber, subSequenceNumber: 0 };
      const seen = outcome({ position, arrivalMs, data: users.isOverfull ? record.Data! : users.at(0) });
      return { ...seen, facts: { ...shape, aggregated: users.isAggregate, ...seen.facts } };
    }
    return { found: "no record: nothing has been sent yet, or not for as long as records are kept", facts: shape };
  }

  private async call<T>(operation: KinesisCall["operation"], send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      const decision = decide(error, { operation, streamName: this.name });
      if (decision.kind === "fatal") throw decision.error;
      throw error;
    }
  }
}

/** Judges how far this machine is ahead of the service; what the disorder allows is no trouble. */
export function judgeClock(aheadMs: number | undefined, allowedDisorderMs: number): Seen {
  if (aheadMs === undefined) return { found: "Kinesis sends no time" };
  const facts = { aheadMs };
  if (aheadMs === 0) return { found: "it does, to the second", facts };
  const seconds = (Math.abs(aheadMs) / 1_000).toFixed(1);
  const found = `it is ${seconds} s ${aheadMs > 0 ? "ahead" : "behind"}`;
  const warning = clockWarning(aheadMs, allowedDisorderMs);
  return warning === undefined ? { found, facts } : { found, facts, cure: `${warning}.` };
}
